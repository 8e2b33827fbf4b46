; What the syntax of C# means. Of several patterns that name one node, the first decides what it is.

; Names, types and values
(identifier) @name
(implicit_parameter) @name
"this" @self
"base" @super
(qualified_name) @path
(alias_qualified_name) @path
(predefined_type) @predefined
(generic_name . (_) @generic.name) @generic
(generic_name (type_argument_list (_) @generic.argument)) @generic
(array_type type: (_) @list_type.value) @list_type
(nullable_type type: (_) @through.value) @through
(ref_type type: (_) @through.value) @through
(tuple_type) @tuple_type
[(implicit_type) (modifier) (attribute_list) (typeof_expression) (null_literal) (delegate_declaration)
 (type_parameter_constraints_clause) (default_expression) (sizeof_expression) (pointer_type)
 (function_pointer_type)] @nothing
(type_parameter name: (_) @type_parameter.name) @type_parameter
[(string_literal) (verbatim_string_literal) (raw_string_literal)] @string
(interpolated_string_expression) @text
(integer_literal) @number
(parenthesized_expression (_) @through.value) @through
(parenthesized_expression "this" @through.value) @through
(await_expression (_) @through.value) @through
(checked_expression (_) @through.value) @through
(ref_expression (_) @through.value) @through
(postfix_unary_expression (_) @through.value) @through
(arrow_expression_clause (_) @through.value) @through
(arrow_expression_clause "this" @through.value) @through
(argument name: (_) @named.name [(_) "this"] @named.value .) @named
(argument [(_) "this"] @through.value .) @through
(conditional_expression consequence: _ @choice.value alternative: _ @choice.value) @choice
(binary_expression left: _ @choice.value operator: "??" right: _ @choice.value) @choice
(binary_expression left: _ @is.value operator: "is" right: (_) @is.type) @is
(binary_expression left: _ @operator.left operator: _ @operator.sign right: _ @operator.right) @operator
(cast_expression type: (_) @cast.type value: _ @cast.value) @cast
(as_expression left: _ @cast.value right: (_) @cast.type) @cast
(is_expression left: _ @is.value right: (_) @is.type) @is
(is_pattern_expression expression: _ @is.value
  pattern: (declaration_pattern type: (_) @is.type name: (_) @is.target)) @is
(is_pattern_expression expression: _ @is.value pattern: (constant_pattern (identifier) @is.type)) @is
(is_pattern_expression expression: _ @is.value
  pattern: (recursive_pattern type: (_) @is.type name: (_) @is.target)) @is
(is_pattern_expression expression: _ @is.value
  pattern: (negated_pattern (declaration_pattern type: (_) @is.type name: (_) @is.target))) @is
(is_pattern_expression expression: _ @switch.subject pattern: (_) @switch.body) @switch
(constant_pattern) @nothing

; Literals that hold values
(initializer_expression) @list
(collection_expression) @list
(collection_element (_) @through.value) @through
(implicit_array_creation_expression (initializer_expression) @through.value) @through
(array_creation_expression (initializer_expression) @through.value) @through
(tuple_expression) @tuple
(anonymous_object_creation_expression) @anonymous

; Calls
(invocation_expression function: (_) @call.callee arguments: (_) @call.arguments) @call
(object_creation_expression type: (_) @new.callee) @new
(object_creation_expression arguments: (_) @new.arguments) @new
(object_creation_expression initializer: (_) @new.initializer) @new
(implicit_object_creation_expression (argument_list) @new.arguments) @new
(implicit_object_creation_expression (initializer_expression) @new.initializer) @new
(member_access_expression expression: _ @member.object name: (_) @member.name) @member
(conditional_access_expression condition: _ @member.object (member_binding_expression name: (_) @member.name)) @member
(conditional_access_expression condition: _ @item.object
  (element_binding_expression (argument (_) @item.key))) @item
(conditional_access_expression condition: _ @conditional.object (_) @conditional.rest .) @conditional
(member_binding_expression name: (_) @binding.name) @binding
(element_access_expression expression: _ @item.object
  subscript: (bracketed_argument_list (argument (_) @item.key .))) @item

; Variables
(field_declaration (modifier "static") @field.static (variable_declaration (variable_declarator) @field))
(field_declaration (modifier "const") @field.static (variable_declaration (variable_declarator) @field))
(field_declaration (variable_declaration type: (_) @field.type (variable_declarator name: (_) @field.name) @field))
(field_declaration (variable_declaration (variable_declarator name: (_) [(_) "this"] @field.value .) @field))
(event_field_declaration (variable_declaration type: (_) @field.type (variable_declarator name: (_) @field.name) @field))
(variable_declaration type: (_) @declare.type (variable_declarator name: (_) @declare.target) @declare)
(variable_declaration (variable_declarator (tuple_pattern) @declare.target) @declare)
(variable_declarator name: (_) [(_) "this"] @declare.value .) @declare
(variable_declarator (tuple_pattern) (_) @declare.value .) @declare
(declaration_expression type: (_) @declare.type name: (_) @declare.target) @declare
(catch_declaration type: (_) @declare.type name: (_) @declare.target) @declare
(assignment_expression left: _ @assign.target operator: "=" right: _ @assign.value) @assign
(assignment_expression left: _ @assign.target operator: ["+=" "??="] @assign.kept right: _ @assign.value) @assign
(tuple_pattern) @list_pattern
(foreach_statement left: (_) @iterate.target right: _ @iterate.source body: (_) @iterate.body) @iterate
(foreach_statement type: (_) @iterate.type) @iterate
(using_statement) @using
(local_declaration_statement "using") @using

; Functions
(method_declaration returns: (_) @function.type name: (_) @function.name parameters: (_) @function.parameters) @function
(method_declaration body: (_) @function.body) @function
(method_declaration (modifier) @function.modifier) @function
(method_declaration (explicit_interface_specifier) @function.explicit) @function
(method_declaration type_parameters: (type_parameter_list (_) @function.generic)) @function
(constructor_declaration name: (_) @function.name parameters: (_) @function.parameters) @function @function.constructor
(constructor_declaration body: (_) @function.body) @function
(constructor_declaration (modifier) @function.modifier) @function
(constructor_declaration (constructor_initializer) @function.initializer) @function
(destructor_declaration name: (_) @function.name body: (_) @function.body) @function @function.destructor
(local_function_statement type: (_) @function.type name: (_) @function.name parameters: (_) @function.parameters)
  @function
(local_function_statement body: (_) @function.body) @function
(local_function_statement type_parameters: (type_parameter_list (_) @function.generic)) @function
(operator_declaration type: (_) @overload.type operator: _ @overload.sign parameters: (_) @overload.parameters
  body: (_) @overload.body) @overload
(conversion_operator_declaration type: (_) @overload.type parameters: (_) @overload.parameters
  body: (_) @overload.body) @overload
(property_declaration type: (_) @property.type name: (_) @property.name) @property
(property_declaration accessors: (_) @property.accessors) @property
(property_declaration value: (_) @property.value) @property
(property_declaration (modifier) @property.modifier) @property
(event_declaration type: (_) @property.type name: (_) @property.name accessors: (_) @property.accessors) @property
(indexer_declaration type: (_) @indexer.type parameters: (_) @indexer.parameters) @indexer
(indexer_declaration accessors: (_) @indexer.accessors) @indexer
(indexer_declaration value: (_) @indexer.value) @indexer
(parameter name: (_) @parameter.target) @parameter
(parameter type: (_) @parameter.type) @parameter
(parameter name: (_) "=" (_) @parameter.value) @parameter
(parameter name: (_) (_) @parameter.value .) @parameter
(lambda_expression parameters: (implicit_parameter) @lambda.parameter body: (_) @lambda.body) @lambda
(lambda_expression parameters: (parameter_list) @lambda.parameters body: (_) @lambda.body) @lambda
(anonymous_method_expression (block) @lambda.body) @lambda
(anonymous_method_expression parameters: (_) @lambda.parameters) @lambda
(return_statement [(_) "this"] @return.value) @return
(yield_statement (_) @yield.value) @yield

; Classes
(class_declaration name: (_) @class.name) @class
(class_declaration body: (_) @class.body) @class
(class_declaration (modifier) @class.modifier) @class
(class_declaration (type_parameter_list (_) @class.generic)) @class
(class_declaration (base_list [(identifier) (generic_name) (qualified_name) (alias_qualified_name)] @class.base)) @class
(class_declaration (base_list (argument_list) @class.arguments)) @class
(class_declaration (parameter_list) @class.components) @class
(struct_declaration name: (_) @class.name) @class
(struct_declaration body: (_) @class.body) @class
(struct_declaration (modifier) @class.modifier) @class
(struct_declaration (type_parameter_list (_) @class.generic)) @class
(struct_declaration (base_list [(identifier) (generic_name) (qualified_name)] @class.base)) @class
(struct_declaration (parameter_list) @class.components) @class
(record_declaration name: (_) @class.name) @class
(record_declaration body: (_) @class.body) @class
(record_declaration (modifier) @class.modifier) @class
(record_declaration (type_parameter_list (_) @class.generic)) @class
(record_declaration (base_list [(identifier) (generic_name) (qualified_name)] @class.base)) @class
(record_declaration (base_list (primary_constructor_base_type type: (_) @class.base))) @class
(record_declaration (base_list (primary_constructor_base_type (argument_list) @class.arguments))) @class
(class_declaration (base_list (primary_constructor_base_type type: (_) @class.base))) @class
(class_declaration (base_list (primary_constructor_base_type (argument_list) @class.arguments))) @class
(record_declaration (parameter_list) @class.components) @class
(interface_declaration name: (_) @class.name) @class @class.interface
(interface_declaration body: (_) @class.body) @class
(interface_declaration (modifier) @class.modifier) @class
(interface_declaration (type_parameter_list (_) @class.generic)) @class
(interface_declaration (base_list [(identifier) (generic_name) (qualified_name)] @class.base)) @class
(enum_declaration name: (_) @class.name body: (_) @class.body) @class @class.enum
(enum_member_declaration name: (_) @constant.name) @constant

; Blocks
(block) @block
(for_statement) @block
(catch_clause) @block
(if_statement condition: _ @test.condition consequence: (_) @test.body) @test
(if_statement alternative: (_) @test.otherwise) @test
(switch_statement value: _ @switch.subject body: (_) @switch.body) @switch
(switch_body) @block
(switch_section) @block
(switch_expression . (_) @switch.subject) @switch
(switch_expression (switch_expression_arm) @switch.arm) @switch
(switch_section (declaration_pattern type: (_) @case.type name: (_) @case.target) @case)
(switch_expression_arm (declaration_pattern type: (_) @case.type name: (_) @case.target) @case)
(declaration_pattern type: (_) @part.type name: (_) @part.target) @part
(recursive_pattern type: (_) @case.type name: (_) @case.target) @case
(recursive_pattern (_) @case.inner) @case
(subpattern (_) @through.value .) @through
(query_expression) @query
(from_clause type: (_) @from.type) @from
(from_clause name: (_) @from.target (_) @from.source .) @from
(labeled_statement (_) (_) @through.value) @through

; Files
(namespace_declaration name: (_) @namespace.name body: (_) @namespace.body) @namespace
(file_scoped_namespace_declaration name: (_) @namespace.name) @namespace
(using_directive [(identifier) (qualified_name) (alias_qualified_name) (generic_name)] @use.name .) @use
(using_directive name: (_) @use.alias) @use
(using_directive "static" @use.static) @use
(using_directive "global" @use.global) @use
