; What the syntax of Ruby means. Of several patterns that name one node, the first decides what it is.

; Names and values
(identifier) @name
(constant) @constant
(scope_resolution) @constant
[(instance_variable) (class_variable) (global_variable)] @variable
(self) @self
(super) @whole_super
(integer) @number
[(string) (chained_string) (subshell) (heredoc_body)] @text
[(simple_symbol) (hash_key_symbol) (delimited_symbol) (bare_symbol)] @symbol
[(nil) (true) (false) (float) (regex) (heredoc_beginning) (character)] @nothing
[(array) (string_array) (symbol_array) (right_assignment_list)] @list
(hash) @table
(element_reference object: (_) @item.object) @item
(parenthesized_statements) @sequence
(assignment left: (_) @assign.target right: (_) @assign.value) @assign
(operator_assignment left: (_) @assign.target right: (_) @assign.value) @assign @assign.kept
[(left_assignment_list) (destructured_left_assignment) (destructured_parameter)] @list_pattern
(rest_assignment (_) @rest.target) @rest
(splat_argument (_) @spread.value) @spread
(binary left: (_) @operator.left operator: _ @operator.name right: (_) @operator.right) @operator
(unary operator: _ @operator.name operand: (_) @operator.left) @operator

; Calls
(call) @call
(yield (argument_list)? @yield.arguments) @yield
(block body: (_)? @block_function.body) @block_function
(do_block body: (_)? @block_function.body) @block_function
(lambda body: (_) @lambda.body) @lambda

; Definitions
(method name: (_) @function.name) @function
(singleton_method object: (_) @function.object name: (_) @function.name) @function
(class name: (_) @class.name) @class
(module name: (_) @class.name) @class
(class superclass: (superclass (_) @class.base)) @class
(singleton_class body: (_) @meta.body) @meta
(alias name: (_) @alias.new alias: (_) @alias.old) @alias

; Statements: each has a value
[(body_statement) (block_body) (then) (do) (else) (begin) (program) (begin_block) (interpolation)] @sequence
[(if) (unless) (elsif) (conditional) (case) (when) (case_match) (in_clause) (if_modifier) (unless_modifier)
  (rescue_modifier)] @branch
(rescue) @rescue
(ensure) @ensure
(for pattern: (_) @iterate.target value: (in (_) @iterate.source) body: (_) @iterate.body) @iterate
(return (argument_list)? @return.value) @return
[(next) (break)] @next
