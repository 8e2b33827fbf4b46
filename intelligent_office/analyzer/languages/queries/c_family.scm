; What the syntax of C and C++ means. Declarators are taken apart by the walk. Of several patterns that name one node, the
; first decides what it is.

; Names, types and values
(preproc_if condition: (_) @nothing)
(preproc_elif condition: (_) @nothing)
(preproc_ifdef name: (_) @nothing)
[(primitive_type) (sized_type_specifier) (sizeof_expression) (offsetof_expression) (type_qualifier)
  (attribute_specifier) (gnu_asm_expression) (char_literal) (true) (false) (null) (comment)] @nothing
(identifier) @name
(type_identifier) @type_name
(string_literal) @string
(concatenated_string) @nothing
(number_literal) @number
(parenthesized_expression (_) @through.value) @through
(pointer_expression argument: (_) @through.value) @through
(comma_expression left: (_) @through.value right: (_) @through.value) @through
(conditional_expression condition: (_) consequence: (_) @choice.value alternative: (_) @choice.value) @choice
(cast_expression type: (_) @cast.type value: (_) @cast.value) @cast
(type_descriptor type: (_) @through.value) @through
(assignment_expression left: (_) @assign.target operator: "=" right: (_) @assign.value) @assign
(compound_literal_expression type: (_) @compound.type value: (_) @compound.value) @compound
(initializer_list) @initializer

; Calls
(call_expression function: (_) @call.callee arguments: (_) @call.arguments) @call
(field_expression argument: (_) @member.object field: (_) @member.name) @member
(subscript_expression argument: (_) @item.object) @item

; Declarations
(function_definition declarator: (_) @definition.declarator body: (_) @definition.body) @definition
(function_definition type: (_) @definition.type) @definition
(declaration type: (_) @declaration.type declarator: (_) @declaration.declarator) @declaration
(declaration type: (_) @declaration.type) @declaration
(type_definition type: (_) @typedef.type declarator: (_) @typedef.declarator) @typedef
(field_declaration type: (_) @fields.type) @fields
(field_declaration declarator: (_) @fields.declarator) @fields
(struct_specifier body: (_) @struct.body) @struct
(struct_specifier name: (_) @struct.name) @struct
(union_specifier body: (_) @struct.body) @struct
(union_specifier name: (_) @struct.name) @struct
(enum_specifier body: (_) @through.value) @through
(enum_specifier) @nothing
(enumerator name: (_) @enumerator.name) @enumerator

; Blocks
(compound_statement) @block
(for_statement) @block
(return_statement) @return

; Files
(preproc_include path: (_) @include.path) @include
(preproc_function_def name: (_) @macro.name parameters: (_) @macro.parameters value: (_) @macro.value) @macro
(preproc_function_def) @nothing
(preproc_def name: (_) @abbreviation.name value: (_) @abbreviation.value) @abbreviation
(preproc_def) @nothing
