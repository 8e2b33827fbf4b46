; What the syntax of Java means. Of several patterns that name one node, the first decides what it is.

; Names, types and values
(identifier) @name
(type_identifier) @type_name
(scoped_type_identifier) @path
(scoped_identifier) @path
[(integral_type) (floating_point_type) (boolean_type) (void_type) (modifiers) (class_literal)] @nothing
(generic_type . (_) @generic.name) @generic
(generic_type (type_arguments (_) @generic.argument)) @generic
(array_type element: (_) @list_type.value) @list_type
(catch_type (_) @types.value) @types
(wildcard (_) @through.value) @through
(wildcard) @nothing
(annotated_type (_) @through.value) @through
(type_parameter (type_identifier) @type_parameter.name) @type_parameter
(type_parameter (type_bound (_) @type_parameter.bound)) @type_parameter
(string_literal) @string
(decimal_integer_literal) @number
(null_literal) @nothing
(this) @self
(super) @super
(parenthesized_expression (_) @through.value) @through
(assignment_expression left: (_) @assign.target operator: "=" right: (_) @assign.value) @assign
(ternary_expression consequence: (_) @choice.value alternative: (_) @choice.value) @choice
(cast_expression type: (_) @cast.type value: (_) @cast.value) @cast
(binary_expression left: (_) @sum.left operator: "+" right: (_) @sum.right) @sum
(instanceof_expression left: (_) @is.value right: (_) @is.type) @is
(instanceof_expression name: (_) @is.target) @is
(instanceof_expression left: (_) @is_pattern.value pattern: (_) @is_pattern.pattern) @is_pattern
(array_initializer) @list
(array_creation_expression value: (_) @through.value) @through

; Calls
(method_invocation object: (_) (super) name: (_) @super_method.name arguments: (_) @super_method.arguments)
  @super_method
(method_invocation name: (_) @call.name arguments: (_) @call.arguments) @call
(method_invocation object: (_) @call.object) @call
(object_creation_expression type: (_) @new.callee arguments: (_) @new.arguments) @new
(object_creation_expression (class_body) @new.body) @new
(explicit_constructor_invocation constructor: (_) @constructor_call.constructor
  arguments: (_) @constructor_call.arguments) @constructor_call
(method_reference . (_) @reference.object) @reference
(method_reference (identifier) @reference.name .) @reference
(method_reference "new" @reference.new .) @reference
(field_access object: (_) @member.object field: (_) @member.name) @member
(array_access array: (_) @item.object index: (_) @item.key) @item

; Variables
(local_variable_declaration type: (_) @declare.type
  declarator: (variable_declarator name: (_) @declare.target) @declare)
(local_variable_declaration declarator: (variable_declarator value: (_) @declare.value) @declare)
(resource type: (_) @resource.type name: (_) @resource.target value: (_) @resource.value) @resource
(resource . [(identifier) (field_access)] @resource.value .) @resource
(catch_formal_parameter (catch_type) @declare.type name: (_) @declare.target) @declare
(enhanced_for_statement name: (_) @iterate.target value: (_) @iterate.source body: (_) @iterate.body) @iterate
(enhanced_for_statement type: (_) @iterate.type) @iterate

; Functions
(method_declaration name: (_) @function.name parameters: (_) @function.parameters) @function
(method_declaration body: (_) @function.body) @function
(method_declaration type: (_) @function.type) @function
(method_declaration type_parameters: (type_parameters (_) @function.generic)) @function
(method_declaration (modifiers "static" @function.static)) @function
(method_declaration (modifiers "private" @function.closed)) @function
(method_declaration (modifiers "abstract" @function.abstract)) @function
(constructor_declaration name: (_) @function.name parameters: (_) @function.parameters body: (_) @function.body)
  @function @function.constructor
(constructor_declaration type_parameters: (type_parameters (_) @function.generic)) @function
(compact_constructor_declaration name: (_) @function.name body: (_) @function.body)
  @function @function.constructor @function.compact
(formal_parameter type: (_) @parameter.type name: (_) @parameter.target) @parameter
(spread_parameter (variable_declarator name: (_) @parameter.target)) @parameter @parameter.rest
(lambda_expression parameters: (identifier) @lambda.parameter body: (_) @lambda.body) @lambda
(lambda_expression parameters: [(formal_parameters) (inferred_parameters)] @lambda.parameters
  body: (_) @lambda.body) @lambda
(return_statement) @return

; Classes
(class_declaration name: (_) @class.name body: (_) @class.body) @class
(class_declaration type_parameters: (type_parameters (_) @class.generic)) @class
(class_declaration superclass: (superclass (_) @class.base @class.superclass)) @class
(class_declaration interfaces: (super_interfaces (type_list (_) @class.base))) @class
(interface_declaration name: (_) @class.name body: (_) @class.body) @class @class.interface
(interface_declaration type_parameters: (type_parameters (_) @class.generic)) @class
(interface_declaration (extends_interfaces (type_list (_) @class.base))) @class
(annotation_type_declaration name: (_) @class.name body: (_) @class.body) @class @class.interface
(enum_declaration name: (_) @class.name body: (_) @class.body) @class @class.enum
(enum_declaration interfaces: (super_interfaces (type_list (_) @class.base))) @class
(enum_constant name: (_) @constant.name) @constant
(enum_constant arguments: (_) @constant.arguments) @constant
(enum_constant body: (_) @constant.body) @constant
(record_declaration name: (_) @class.name parameters: (_) @class.components body: (_) @class.body) @class
(record_declaration type_parameters: (type_parameters (_) @class.generic)) @class
(record_declaration interfaces: (super_interfaces (type_list (_) @class.base))) @class
(field_declaration type: (_) @field.type declarator: (variable_declarator name: (_) @field.name) @field)
(field_declaration declarator: (variable_declarator value: (_) @field.value) @field)
(field_declaration (modifiers "static" @field.static) declarator: (variable_declarator) @field)
(constant_declaration type: (_) @field.type
  declarator: (variable_declarator name: (_) @field.name) @field @field.static)
(constant_declaration declarator: (variable_declarator value: (_) @field.value) @field)
(static_initializer (block) @static.body) @static
(class_body (block) @initializer)
(enum_body_declarations (block) @initializer)

; Blocks
[(block) (constructor_body)] @block
(for_statement) @block
(catch_clause) @block
(try_with_resources_statement) @block
(if_statement condition: (_) @test.condition consequence: (_) @test.body) @test
(if_statement alternative: (_) @test.otherwise) @test
(switch_expression condition: (_) @switch.subject body: (_) @switch.body) @switch
[(switch_rule) (switch_block_statement_group)] @block
(type_pattern . (_) @case.type (identifier) @case.target) @case
(record_pattern_component (_) @part.type (identifier) @part.target .) @part
(labeled_statement (identifier) (_) @through.value) @through

; Files
(package_declaration (_) @package.name) @package
(import_declaration (_) @import.name) @import
(import_declaration "static" @import.static) @import
(import_declaration (asterisk) @import.star) @import
