; What the syntax of PHP means. Of several patterns that name one node, the first decides what it is.

; Names, types and values
(variable_name) @name
[(name) (qualified_name) (relative_name) (relative_scope) (named_type)] @class_name
(optional_type (_) @through.value) @through
(union_type (_) @types.value) @types
(intersection_type (_) @types.value) @types
(type_list (_) @types.value) @types
(primitive_type) @primitive
[(string) (heredoc) (nowdoc)] @string
(encapsed_string) @text
(integer) @number
[(null) (boolean) (float) (visibility_modifier) (comment) (text_interpolation)
  (property_hook_list)] @nothing
(parenthesized_expression (_) @through.value) @through
(cast_expression value: (_) @through.value) @through
(clone_expression (_) @through.value) @through
(error_suppression_expression (_) @through.value) @through
(reference_modifier) @nothing
(by_ref (_) @through.value) @through
(array_creation_expression) @array
(list_literal) @array
(assignment_expression left: (_) @assign.target right: (_) @assign.value) @assign
(reference_assignment_expression left: (_) @assign.target right: (_) @assign.value) @assign
(augmented_assignment_expression left: (_) @assign.target operator: "??=" right: (_) @assign.value) @assign @assign.kept
(conditional_expression condition: (_) @choice.value !body alternative: (_) @choice.value) @choice
(conditional_expression body: (_) @choice.value alternative: (_) @choice.value) @choice
(binary_expression left: (_) @choice.value operator: "??" right: (_) @choice.value) @choice
(binary_expression left: (_) @is.value operator: "instanceof" right: (_) @is.type) @is
(binary_expression operator: ".") @text
(echo_statement) @text
(print_intrinsic) @text
(match_expression body: (_) @match.body) @match

; Calls
(function_call_expression function: (_) @call.callee arguments: (_) @call.arguments) @call
(member_call_expression object: (_) @method_call.object name: (_) @method_call.name arguments: (_) @method_call.arguments)
  @method_call
(nullsafe_member_call_expression object: (_) @method_call.object name: (_) @method_call.name
  arguments: (_) @method_call.arguments) @method_call
(scoped_call_expression scope: (_) @method_call.scope name: (_) @method_call.name
  arguments: (_) @method_call.arguments) @method_call
(object_creation_expression . (_) @new.callee) @new
(object_creation_expression (arguments) @new.arguments) @new
(member_access_expression object: (_) @member.object name: (_) @member.name) @member
(nullsafe_member_access_expression object: (_) @member.object name: (_) @member.name) @member
(scoped_property_access_expression scope: (_) @static_member.scope name: (_) @static_member.name) @static_member
(class_constant_access_expression . (_) @static_member.scope (_) @static_member.name .) @static_member
(subscript_expression . (_) @item.object) @item
(variadic_unpacking (_) @spread.value) @spread

; Functions
(function_definition name: (_) @function.name parameters: (_) @function.parameters body: (_) @function.body) @function
(function_definition return_type: (_) @function.type) @function
(method_declaration name: (_) @function.name parameters: (_) @function.parameters) @function
(method_declaration body: (_) @function.body) @function
(method_declaration return_type: (_) @function.type) @function
(method_declaration (static_modifier) @function.static) @function
(method_declaration (abstract_modifier) @function.abstract) @function
(anonymous_function parameters: (_) @lambda.parameters body: (_) @lambda.body) @lambda
(anonymous_function return_type: (_) @lambda.type) @lambda
(anonymous_function (anonymous_function_use_clause) @lambda.used) @lambda
(arrow_function parameters: (_) @lambda.parameters body: (_) @lambda.body) @lambda @lambda.arrow
(arrow_function return_type: (_) @lambda.type) @lambda
(simple_parameter name: (_) @parameter.target) @parameter
(simple_parameter type: (_) @parameter.type) @parameter
(simple_parameter default_value: (_) @parameter.value) @parameter
(property_promotion_parameter name: (_) @parameter.target) @parameter @parameter.promoted
(property_promotion_parameter type: (_) @parameter.type) @parameter
(property_promotion_parameter default_value: (_) @parameter.value) @parameter
(variadic_parameter name: (_) @parameter.target) @parameter @parameter.rest
(return_statement) @return
(yield_expression) @yield

; Classes
(class_declaration name: (_) @class.name body: (_) @class.body) @class
(class_declaration (base_clause (_) @class.base)) @class
(class_declaration (class_interface_clause (_) @class.base)) @class
(anonymous_class body: (_) @class.body) @class
(anonymous_class (base_clause (_) @class.base)) @class
(anonymous_class (class_interface_clause (_) @class.base)) @class
(anonymous_class (arguments) @class.arguments) @class
(interface_declaration name: (_) @class.name body: (_) @class.body) @class
(interface_declaration (base_clause (_) @class.base)) @class
(trait_declaration name: (_) @class.name body: (_) @class.body) @class
(enum_declaration name: (_) @class.name body: (_) @class.body) @class
(enum_declaration (class_interface_clause (_) @class.base)) @class
(enum_case name: (_) @case.name) @case
(use_declaration) @traits
(property_declaration (property_element name: (_) @field.name) @field)
(property_declaration (property_element default_value: (_) @field.value) @field)
(property_declaration type: (_) @field.type (property_element) @field)
(property_declaration (static_modifier) @field.static (property_element) @field)
(const_declaration (const_element . (_) @constant.name (_) @constant.value .) @constant)

; Statements
(compound_statement) @block
(if_statement condition: (_) @test.condition body: (_) @test.body) @test
(if_statement alternative: (_) @test.otherwise) @test
(foreach_statement . (_) @iterate.source . (_) @iterate.target) @iterate
(foreach_statement body: (_) @iterate.body) @iterate
(catch_clause type: (_) @catch.type) @catch
(catch_clause name: (_) @catch.target) @catch
(catch_clause body: (_) @catch.body) @catch
(global_declaration) @global
(function_static_declaration (static_variable_declaration name: (_) @declare.target) @declare)
(function_static_declaration (static_variable_declaration value: (_) @declare.value) @declare)

; Files
(namespace_definition) @namespace
(namespace_use_declaration) @use
