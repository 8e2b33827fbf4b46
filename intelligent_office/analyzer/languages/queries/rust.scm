; What the syntax of Rust means. Of several patterns that name one node, the first decides what it is.

; Names, types and values
[(identifier) (type_identifier) (shorthand_field_identifier)] @name
(self) @self
[(crate) (super)] @path
[(string_literal) (raw_string_literal)] @string
(integer_literal) @number
[(primitive_type) (unit_expression) (boolean_literal) (char_literal) (float_literal) (lifetime)] @nothing
[(attribute_item) (inner_attribute_item) (macro_definition) (visibility_modifier) (label) (function_type)] @nothing
[(scoped_identifier) (scoped_type_identifier)] @path
(generic_type type: (_) @generic.name) @generic
(generic_type type_arguments: (type_arguments (_) @generic.argument)) @generic
(generic_type_with_turbofish type: (_) @through.value) @through
(type_arguments) @nothing
(reference_type type: (_) @through.value) @through
(pointer_type type: (_) @through.value) @through
(abstract_type trait: (_) @through.value) @through
(dynamic_type trait: (_) @through.value) @through
(bounded_type (_) @types.value) @types
(array_type element: (_) @list_type.value) @list_type
(tuple_type) @tuple_type
(bracketed_type (qualified_type type: (_) @through.value)) @through
(bracketed_type (_) @through.value) @through
(qualified_type type: (_) @through.value) @through

; Expressions
(field_expression value: (_) @member.object field: (_) @member.name) @member
(index_expression . (_) @item.object (_) @item.key) @item
(parenthesized_expression (_) @through.value) @through
(reference_expression value: (_) @through.value) @through
(try_expression . (_) @through.value) @through
(await_expression . (_) @through.value) @through
(unary_expression (_) @through.value) @through
(type_cast_expression value: (_) @through.value) @through
(generic_function function: (_) @through.value) @through
(call_expression function: (_) @call.callee arguments: (_) @call.arguments) @call
(macro_invocation macro: (_) @macro.name (token_tree) @macro.tokens) @macro
(struct_expression name: (_) @struct.name body: (_) @struct.body) @struct
(array_expression) @list
(tuple_expression) @tuple
(range_expression) @nothing
(binary_expression left: (_) @operation.left operator: _ @operation.operator right: (_) @operation.right) @operation
(compound_assignment_expr left: (_) @operation.left operator: _ @operation.operator right: (_) @operation.right)
  @operation
(closure_expression parameters: (_) @lambda.parameters body: (_) @lambda.body) @lambda
(closure_expression return_type: (_) @lambda.type) @lambda
(async_block (block) @through.value) @through
(unsafe_block (block) @through.value) @through
(const_block body: (_) @through.value) @through

; Variables and control
(let_declaration) @let
(let_declaration pattern: (_) @let.pattern) @let
(let_declaration type: (_) @let.type) @let
(let_declaration value: (_) @let.value) @let
(let_declaration alternative: (_) @let.otherwise) @let
(let_condition value: (_) @let.value) @let
(let_condition pattern: (_) @let.pattern) @let
(assignment_expression left: (_) @assign.target right: (_) @assign.value) @assign
(if_expression condition: (_) @if.condition consequence: (_) @if.body) @if
(if_expression alternative: (else_clause (_) @if.otherwise)) @if
(while_expression condition: (_) @if.condition body: (_) @if.body) @if
(match_expression value: (_) @match.value body: (_) @match.body) @match
(for_expression value: (_) @for.source body: (_) @for.body) @for
(for_expression pattern: (_) @for.pattern) @for
(loop_expression body: (_) @through.value) @through
(return_expression) @return
(block) @block

; Functions
(function_item name: (_) @function.name parameters: (_) @function.parameters) @function
(function_item type_parameters: (type_parameters (_) @function.generic)) @function
(function_item return_type: (_) @function.type) @function
(function_item (where_clause (where_predicate) @function.where)) @function
(function_item (function_modifiers "async" @function.async)) @function
(function_item body: (_) @function.body) @function
(function_signature_item name: (_) @function.name parameters: (_) @function.parameters) @function @function.abstract
(function_signature_item type_parameters: (type_parameters (_) @function.generic)) @function
(function_signature_item return_type: (_) @function.type) @function
(type_parameter name: (_) @type_parameter.name) @type_parameter
(type_parameter bounds: (trait_bounds (_) @type_parameter.bound)) @type_parameter

; Types and modules
(struct_item name: (_) @class.name) @class
(struct_item type_parameters: (type_parameters (_) @class.generic)) @class
(struct_item body: (_) @class.fields) @class
(union_item name: (_) @class.name body: (_) @class.fields) @class
(enum_item name: (_) @class.name body: (_) @class.variants) @class
(enum_item type_parameters: (type_parameters (_) @class.generic)) @class
(trait_item name: (_) @class.name body: (_) @class.body) @class @class.trait
(trait_item type_parameters: (type_parameters (_) @class.generic)) @class
(trait_item bounds: (trait_bounds (_) @class.base)) @class
(impl_item type: (_) @impl.type) @impl
(impl_item trait: (_) @impl.trait) @impl
(impl_item type_parameters: (type_parameters (_) @impl.generic)) @impl
(impl_item (where_clause (where_predicate) @impl.where)) @impl
(impl_item body: (_) @impl.body) @impl
(type_item name: (_) @alias.name type: (_) @alias.type) @alias
(associated_type) @nothing
(const_item name: (_) @constant.name) @constant
(const_item type: (_) @constant.type) @constant
(const_item value: (_) @constant.value) @constant
(static_item name: (_) @constant.name) @constant
(static_item type: (_) @constant.type) @constant
(static_item value: (_) @constant.value) @constant
(mod_item name: (_) @module.name) @module
(mod_item body: (_) @module.body) @module
(use_declaration argument: (_) @use.tree) @use
(extern_crate_declaration) @nothing
