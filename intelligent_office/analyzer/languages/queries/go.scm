; What the syntax of Go means. Of several patterns that name one node, the first decides what it is.

; Names, types and values
[(identifier) (type_identifier) (package_identifier)] @name
[(interpreted_string_literal) (raw_string_literal)] @string
(int_literal) @number
[(nil) (true) (false) (iota) (blank_identifier)] @nothing
(parenthesized_expression (_) @through.value) @through
(parenthesized_type (_) @through.value) @through
(pointer_type (_) @through.value) @through
(type_elem . (_) @through.value .) @through
(generic_type type: (_) @generic.name) @generic
(generic_type type_arguments: (type_arguments (_) @generic.argument)) @generic
(slice_type element: (_) @list_type.value) @list_type
(array_type element: (_) @list_type.value) @list_type
(implicit_length_array_type element: (_) @list_type.value) @list_type
(channel_type value: (_) @list_type.value) @list_type
(map_type key: (_) @map_type.key value: (_) @map_type.value) @map_type
(function_type) @nothing
(struct_type (field_declaration_list) @struct.body) @struct
(interface_type) @interface
(qualified_type package: (_) @member.object name: (_) @member.name) @member

; Expressions
(selector_expression operand: (_) @member.object field: (_) @member.name) @member
(index_expression operand: (_) @item.object index: (_) @item.key) @item
(slice_expression operand: (_) @through.value) @through
(unary_expression operator: "<-" operand: (_) @receive.source) @receive
(unary_expression operand: (_) @through.value) @through
(call_expression function: (_) @call.callee arguments: (_) @call.arguments) @call
(type_conversion_expression type: (_) @conversion.type operand: (_) @conversion.value) @conversion
(type_assertion_expression operand: (_) @cast.value type: (_) @cast.type) @cast
(composite_literal type: (_) @composite.type body: (_) @composite.body) @composite
(literal_element (_) @through.value) @through
(variadic_argument (_) @spread.value) @spread
(expression_list . (_) @through.value .) @through

; Variables
(short_var_declaration left: (_) @short.target right: (_) @short.value) @short
(assignment_statement left: (_) @assign.target operator: "=" right: (_) @assign.value) @assign
(var_spec name: (_) @var.target) @var
(var_spec type: (_) @var.type) @var
(var_spec value: (_) @var.value) @var
(const_spec name: (_) @var.target) @var
(const_spec value: (_) @var.value) @var
(for_statement (range_clause) @range.clause body: (_) @range.body) @range
(for_statement) @block
(send_statement channel: (_) @send.channel value: (_) @send.value) @send
(receive_statement left: (_) @short.target right: (_) @short.value) @short

; Functions and types
(function_declaration name: (_) @function.name parameters: (_) @function.parameters) @function
(function_declaration type_parameters: (_) @function.generics) @function
(function_declaration result: (_) @function.result) @function
(function_declaration body: (_) @function.body) @function
(method_declaration receiver: (parameter_list (parameter_declaration) @method.receiver)
  name: (_) @method.name parameters: (_) @method.parameters) @method
(method_declaration result: (_) @method.result) @method
(method_declaration body: (_) @method.body) @method
(func_literal parameters: (_) @lambda.parameters body: (_) @lambda.body) @lambda
(func_literal result: (_) @lambda.result) @lambda
(return_statement) @return
(type_spec name: (_) @type.name type: (_) @type.type) @type
(type_spec type_parameters: (_) @type.generics) @type
(type_alias name: (_) @alias.name type: (_) @alias.type) @alias
(method_elem name: (_) @function.name parameters: (_) @function.parameters) @function @function.abstract
(method_elem result: (_) @function.result) @function

; Blocks
(block) @block
(if_statement) @block
(expression_switch_statement) @block
[(expression_case) (default_case) (communication_case)] @block
(type_switch_statement value: (_) @type_switch.value) @type_switch
(type_switch_statement alias: (expression_list (_) @type_switch.alias)) @type_switch
(type_switch_statement initializer: (_) @type_switch.initializer) @type_switch
(labeled_statement (label_name) (_) @through.value) @through
[(label_name) (break_statement) (continue_statement) (goto_statement)] @nothing

; Files
(package_clause (_) @package.name) @package
(import_spec path: (_) @import.path) @import
(import_spec name: (_) @import.name) @import
