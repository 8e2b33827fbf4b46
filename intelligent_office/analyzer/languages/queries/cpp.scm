; inherits: c_family
; What C++ adds.
(this) @self
(namespace_identifier) @name
(qualified_identifier) @path
(template_function name: (_) @template.name arguments: (_) @template.arguments) @template
(template_method name: (_) @through.value) @through
(dependent_name (_) @through.value) @through
(template_type name: (_) @generic.name) @generic
(template_type arguments: (template_argument_list (_) @generic.argument)) @generic
(dependent_type (_) @through.value) @through
(placeholder_type_specifier) @nothing
(decltype) @nothing
(raw_string_literal) @nothing
(subscript_expression indices: (_) @item.key) @item
(binary_expression left: (_) @operation.left right: (_) @operation.right) @operation
(new_expression type: (_) @new.callee) @new
(new_expression arguments: (_) @new.arguments) @new
(delete_expression (_) @delete.value) @delete
(co_await_expression (_) @through.value) @through
(lambda_expression body: (_) @lambda.body) @lambda
(lambda_expression declarator: (_ parameters: (_) @lambda.parameters)) @lambda
(for_range_loop right: (_) @range.source body: (_) @range.body) @range
(for_range_loop declarator: (_) @range.declarator) @range
(for_range_loop type: (_) @range.type) @range
(class_specifier name: (_) @struct.name body: (_) @struct.body) @struct
(class_specifier body: (_) @struct.body) @struct
(class_specifier (base_class_clause) @struct.bases) @struct
(struct_specifier (base_class_clause) @struct.bases) @struct
(class_specifier name: (_) @struct.name) @struct
(template_declaration parameters: (_) @generics.parameters) @generics
(namespace_definition body: (_) @namespace.body) @namespace
(namespace_definition name: (_) @namespace.name) @namespace
(namespace_alias_definition name: (_) @namespace_alias.name (_) @namespace_alias.value .) @namespace_alias
(using_declaration) @using
(alias_declaration name: (_) @other_type.name type: (_) @other_type.type) @other_type
(friend_declaration) @nothing
(function_definition declarator: (_) @definition.declarator) @definition
(declaration declarator: (_) @prototype.declarator) @prototype
(catch_clause) @block
(catch_clause parameters: (_) @block.parameters) @block
(if_statement) @block
(while_statement) @block
