; What TypeScript adds.

; Types
(type_identifier) @name
(predefined_type) @name
(nested_type_identifier module: (_) @member.object name: (_) @member.name) @member
(nested_identifier object: (_) @member.object property: (_) @member.name) @member
(generic_type name: (_) @generic.name) @generic
(generic_type type_arguments: (type_arguments (_) @generic.argument)) @generic
(array_type (_) @list_type.value) @list_type
(tuple_type (_) @list_type.value) @list_type
(union_type (_) @types.value) @types
(intersection_type (_) @types.value) @types
(type_annotation (_) @through.value) @through
(parenthesized_type (_) @through.value) @through
(readonly_type (_) @through.value) @through
(optional_type (_) @through.value) @through
(rest_type (_) @through.value) @through
(object_type) @object_type
[(literal_type) (function_type) (type_query) (conditional_type) (lookup_type) (index_type_query)
 (template_literal_type) (existential_type) (this_type) (infer_type) (type_predicate_annotation)
 (asserts_annotation) (constructor_type)] @nothing
(type_parameter name: (_) @type_parameter.name) @type_parameter
(type_parameter constraint: (constraint (_) @type_parameter.bound)) @type_parameter

; Values
(non_null_expression (_) @through.value) @through
(satisfies_expression . (_) @through.value) @through
(instantiation_expression . (_) @through.value) @through
(as_expression . (_) @cast.value (_) @cast.type) @cast
(binary_expression left: (_) @is.value operator: "instanceof" right: (_) @is.type) @is
(if_statement condition: (_) @test.condition consequence: (_) @test.body) @test
(if_statement alternative: (_) @test.otherwise) @test
(new_expression type_arguments: (_) @new.types) @new
(decorator (_) @decorator.value) @decorator

; Variables
(variable_declarator type: (_) @declare.type) @declare
(required_parameter pattern: (_) @parameter.target) @parameter
(required_parameter pattern: (rest_pattern) @parameter.rest) @parameter
(required_parameter type: (_) @parameter.type) @parameter
(required_parameter value: (_) @parameter.value) @parameter
(required_parameter [(accessibility_modifier) "readonly" (override_modifier)] @parameter.property) @parameter
(optional_parameter pattern: (_) @parameter.target) @parameter
(optional_parameter type: (_) @parameter.type) @parameter
(optional_parameter value: (_) @parameter.value) @parameter
(optional_parameter [(accessibility_modifier) "readonly" (override_modifier)] @parameter.property) @parameter

; Functions
(function_declaration return_type: (_) @function.type) @function
(function_declaration type_parameters: (type_parameters (_) @function.generic)) @function
(generator_function_declaration return_type: (_) @function.type) @function
(function_expression return_type: (_) @closure.type) @closure
(function_expression type_parameters: (type_parameters (_) @closure.generic)) @closure
(arrow_function return_type: (_) @lambda.type) @lambda
(arrow_function type_parameters: (type_parameters (_) @lambda.generic)) @lambda
(method_definition return_type: (_) @function.type) @function
(method_definition type_parameters: (type_parameters (_) @function.generic)) @function
(abstract_method_signature name: (_) @signature.name) @signature @signature.abstract
(abstract_method_signature parameters: (_) @signature.parameters) @signature
(abstract_method_signature return_type: (_) @signature.type) @signature
(abstract_method_signature type_parameters: (type_parameters (_) @signature.generic)) @signature
(abstract_method_signature "get" @signature.getter) @signature
(abstract_method_signature "set" @signature.setter) @signature
(interface_body (method_signature name: (_) @signature.name parameters: (_) @signature.parameters)
  @signature @signature.abstract)
(interface_body (method_signature return_type: (_) @signature.type) @signature)
(interface_body (method_signature type_parameters: (type_parameters (_) @signature.generic)) @signature)
(interface_body (method_signature "get" @signature.getter) @signature)
(interface_body (method_signature "set" @signature.setter) @signature)
[(method_signature) (function_signature) (call_signature) (construct_signature) (index_signature)] @nothing

; Classes
(class_declaration type_parameters: (type_parameters (_) @class.generic)) @class
(class_declaration (class_heritage (extends_clause value: (_) @class.base))) @class
(class_declaration (class_heritage (extends_clause type_arguments: (type_arguments) @class.arguments))) @class
(class_declaration (class_heritage (implements_clause (_) @class.base))) @class
(class_declaration (decorator) @class.decorator) @class
(abstract_class_declaration name: (_) @class.name body: (_) @class.body) @class
(abstract_class_declaration type_parameters: (type_parameters (_) @class.generic)) @class
(abstract_class_declaration (class_heritage (extends_clause value: (_) @class.base))) @class
(abstract_class_declaration (class_heritage (extends_clause type_arguments: (type_arguments) @class.arguments))) @class
(abstract_class_declaration (class_heritage (implements_clause (_) @class.base))) @class
(abstract_class_declaration (decorator) @class.decorator) @class
(class type_parameters: (type_parameters (_) @class.generic)) @class
(class (class_heritage (extends_clause value: (_) @class.base))) @class
(class (class_heritage (implements_clause (_) @class.base))) @class
(interface_declaration name: (_) @class.name body: (_) @class.body) @class
(interface_declaration type_parameters: (type_parameters (_) @class.generic)) @class
(interface_declaration (extends_type_clause type: (_) @class.base)) @class
(enum_declaration name: (_) @class.name body: (_) @class.body) @class
(enum_assignment value: (_) @through.value) @through
(public_field_definition name: (_) @field.name) @field
(public_field_definition type: (_) @field.type) @field
(public_field_definition value: (_) @field.value) @field
(public_field_definition "static" @field.static) @field
(interface_body (property_signature name: (_) @field.name type: (_) @field.type) @field)

; Modules
(type_alias_declaration name: (_) @alias.name value: (_) @alias.value) @alias
(type_alias_declaration type_parameters: (type_parameters (_) @alias.generic)) @alias
(internal_module name: (_) @namespace.name body: (_) @namespace.body) @namespace
(module name: (_) @namespace.name body: (_) @namespace.body) @namespace
(ambient_declaration) @ambient
(import_alias . (identifier) @import_alias.name (_) @import_alias.value) @import_alias
(import_statement (import_require_clause (identifier) @import_require.name source: (_) @import_require.source))
  @import_require
