; inherits: ecmascript, jsx
; What only JavaScript writes like this.

(class_declaration (class_heritage (_) @class.base)) @class
(class (class_heritage (_) @class.base)) @class
(field_definition property: (_) @field.name) @field
(field_definition value: (_) @field.value) @field
(field_definition "static" @field.static) @field
