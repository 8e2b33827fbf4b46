; Elements in either language.

(jsx_self_closing_element name: (_) @element.name) @element
(jsx_opening_element name: (_) @element.name) @element
