; What the syntax that JavaScript and TypeScript share means. Of several patterns that name one node, the first decides what it is.

; Names and values
[(identifier) (shorthand_property_identifier) (shorthand_property_identifier_pattern)] @name
(undefined) @nothing
(null) @nothing
(string) @string
(template_string) @template
(number) @number
(this) @self
(super) @super
(parenthesized_expression (_) @through.value) @through
(await_expression (_) @through.value) @through
(sequence_expression (_) @through.value) @through
(ternary_expression consequence: (_) @choice.value alternative: (_) @choice.value) @choice
(binary_expression left: (_) @choice.value operator: ["||" "&&" "??"] right: (_) @choice.value) @choice

; Calls
(call_expression function: (import) arguments: (arguments . (_) @import_call.source)) @import_call
(call_expression function: (identifier) @require.function arguments: (arguments . (string) @require.source .)
  (#eq? @require.function "require")) @require
(call_expression function: (super) arguments: (arguments) @super_call.arguments) @super_call
(call_expression function: (_) @call.callee arguments: (arguments) @call.arguments) @call
(call_expression function: (_) @tagged.callee arguments: (template_string) @tagged.template) @tagged
(new_expression constructor: (_) @new.callee) @new
(new_expression arguments: (arguments) @new.arguments) @new
(member_expression object: (_) @member.object property: (_) @member.name) @member
(subscript_expression object: (_) @item.object index: (_) @item.key) @item
(spread_element (_) @spread.value) @spread

; Literals that hold values
(array) @list
(object) @object
(pair key: (_) @pair.key value: (_) @pair.value) @pair
(pair_pattern key: (_) @pair.key value: (_) @pair.target) @pair

; Variables
(variable_declaration (variable_declarator) @declare @declare.hoisted)
(variable_declarator name: (_) @declare.target) @declare
(variable_declarator value: (_) @declare.value) @declare
(assignment_expression left: (_) @assign.target right: (_) @assign.value) @assign
(augmented_assignment_expression left: (_) @assign.target operator: ["||=" "&&=" "??="] @assign.kept
  right: (_) @assign.value) @assign
(array_pattern) @list_pattern
(object_pattern) @object_pattern
(rest_pattern) @rest
(assignment_pattern left: (_) @default.target right: (_) @default.value) @default
(object_assignment_pattern left: (_) @default.target right: (_) @default.value) @default

; Functions
(function_declaration name: (_) @function.name parameters: (_) @function.parameters body: (_) @function.body) @function
(generator_function_declaration name: (_) @function.name parameters: (_) @function.parameters
  body: (_) @function.body) @function
(generator_function_declaration "*" @function.generator) @function
(function_declaration "async" @function.async) @function
(function_expression parameters: (_) @closure.parameters body: (_) @closure.body) @closure
(function_expression name: (_) @closure.name) @closure
(generator_function parameters: (_) @closure.parameters body: (_) @closure.body) @closure
(generator_function "*" @closure.generator) @closure
(generator_function name: (_) @closure.name) @closure
(arrow_function body: (_) @lambda.body) @lambda
(arrow_function parameters: (_) @lambda.parameters) @lambda
(arrow_function parameter: (_) @lambda.parameter) @lambda
(method_definition name: (_) @function.name parameters: (_) @function.parameters body: (_) @function.body) @function
(method_definition "static" @function.static) @function
(method_definition "get" @function.getter) @function
(method_definition "set" @function.setter) @function
(method_definition "*" @function.generator) @function
(return_statement) @return
(yield_expression) @yield
(yield_expression "*" @yield.all) @yield

; Classes
(class_declaration name: (_) @class.name body: (_) @class.body) @class
(class body: (_) @class.body) @class @class.expression
(class name: (_) @class.name) @class
(class_static_block body: (_) @static.body) @static

; Blocks
(statement_block) @block
(for_statement) @block
(switch_body) @block
(catch_clause parameter: (_) @catch.target) @catch
(catch_clause body: (_) @catch.body) @catch
(for_in_statement left: (_) @iterate.target right: (_) @iterate.source body: (_) @iterate.body) @iterate
(for_in_statement operator: "in" @iterate.keys) @iterate
(labeled_statement body: (_) @through.value) @through

; Modules
(import_statement source: (_) @import.source) @import
(import_statement (import_clause (identifier) @import.default)) @import
(import_statement (import_clause (namespace_import (identifier) @import.namespace))) @import
(import_statement (import_clause (named_imports (import_specifier) @import.specifier))) @import
(export_statement) @export
(export_statement source: (_) @export.source) @export
(export_statement declaration: (_) @export.declaration) @export
(export_statement value: (_) @export.value) @export
(export_statement "default" @export.default) @export
(export_statement "*" @export.star) @export
(export_statement (namespace_export (_) @export.namespace)) @export
(export_statement (export_clause (export_specifier) @export.specifier)) @export
