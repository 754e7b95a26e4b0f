"""The typed operations of the TypeScript SDK, made from the contract itself.

``documents.ts`` holds what each operation takes and answers, with its id; ``documents.js`` holds
the ids alone, for mini-programs that are written in JavaScript. No text of an operation is in
either: apps send ``documentId``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    is_union_type,
    parse,
    type_from_ast,
)

from mobile_hrp.mobile_contract.documents import TrustedDocument, TrustedDocuments

_MADE = "made by `mobile-hrp contract sdk`"
_SCALARS: Mapping[str, str] = {
    "Boolean": "boolean",
    "Float": "number",
    "Int": "number",
    "JSON": "unknown",
    "Upload": "unknown",
}
"""All others are texts: ids, dates, and money, which is never a number."""


class UnsupportedSelectionError(ValueError):
    """An operation selects in a way that no type is made for yet."""


def typescript_documents(
    schema: GraphQLSchema, documents: TrustedDocuments, *, open_enums: frozenset[str]
) -> str:
    """``documents.ts``; ``open_enums`` may take values that an app does not know yet."""
    writer = _Writer(schema, open_enums)
    operations = [writer.operation(one) for one in _sorted(documents)]
    fragments = [text for _, text in sorted(writer.fragments.items())]
    named = [text for _, text in sorted(writer.named.items())]
    head = f"// {_MADE}\n\nimport type {{ Operation }} from './core.ts';\n"
    return "\n".join([head, *named, *fragments, *operations])


def javascript_documents(schema: GraphQLSchema, documents: TrustedDocuments) -> str:
    """``documents.js``, a CommonJS module, which is what mini-programs load."""
    lines = []
    for document in _sorted(documents):
        keyed = ",keyed:true" if _is_keyed(schema, _operation_of(document)) else ""
        lines.append(
            f'exports.{document.name}={{id:"{document.sha256}",name:"{document.name}",'
            f'kind:"{document.kind}"{keyed}}};\n'
        )
    return f"// {_MADE}\n" + "".join(lines)


def _sorted(documents: TrustedDocuments) -> list[TrustedDocument]:
    return sorted(documents, key=lambda one: one.name)


def _operation_of(document: TrustedDocument) -> OperationDefinitionNode:
    return next(
        node
        for node in parse(document.body).definitions
        if isinstance(node, OperationDefinitionNode)
    )


def _is_keyed(schema: GraphQLSchema, operation: OperationDefinitionNode) -> bool:
    """Whether its input carries an idempotency key, so that it may be sent again."""
    for variable in operation.variable_definitions or ():
        given = type_from_ast(schema, variable.type)
        named = get_named_type(given)
        if variable.variable.name.value == "input" and isinstance(named, GraphQLInputObjectType):
            return "idempotencyKey" in named.fields
    return False


@dataclass
class _Writer:
    schema: GraphQLSchema
    open_enums: frozenset[str]
    named: dict[str, str] = field(default_factory=dict)
    """Enums and inputs that some operation needs."""
    fragments: dict[str, str] = field(default_factory=dict)
    _bodies: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    def operation(self, document: TrustedDocument) -> str:
        self._bodies = {
            node.name.value: node
            for node in parse(document.body).definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        node = _operation_of(document)
        root = self.schema.get_root_type(node.operation)
        if root is None:
            raise UnsupportedSelectionError(f"{document.name}: the schema has no such root")
        name = document.name
        keyed = ", keyed: true" if _is_keyed(self.schema, node) else ""
        return (
            f"export type {name}Data = {self._selected(root, node.selection_set, '')};\n"
            f"export type {name}Variables = {self._variables(node)};\n"
            f"export const {name}: Operation<{name}Data, {name}Variables> = {{\n"
            f"  id: '{document.sha256}',\n"
            f"  name: '{name}', kind: '{document.kind}'{keyed},\n"
            "};\n"
        )

    def _variables(self, node: OperationDefinitionNode) -> str:
        fields = []
        for variable in node.variable_definitions or ():
            given: Any = type_from_ast(self.schema, variable.type)
            optional = variable.default_value is not None or not is_non_null_type(given)
            mark = "?" if optional else ""
            fields.append(f"{variable.variable.name.value}{mark}: {self._input(given)}")
        return "{ " + "; ".join(fields) + " }" if fields else "Record<string, never>"

    def _input(self, given: Any) -> str:
        if is_non_null_type(given):
            return self._required(given.of_type)
        return f"{self._required(given)} | null"

    def _required(self, given: Any) -> str:
        if is_list_type(given):
            return f"Array<{self._input(given.of_type)}>"
        return self._name(given)

    def _name(self, given: Any) -> str:
        """The TypeScript name of an enum, an input or a scalar; the first two are written down."""
        if isinstance(given, GraphQLEnumType):
            self.named.setdefault(given.name, self._enum(given))
            return given.name
        if isinstance(given, GraphQLInputObjectType):
            if given.name not in self.named:
                self.named[given.name] = ""  # one that holds itself ends here
                self.named[given.name] = self._object(given)
            return given.name
        return _SCALARS.get(given.name, "string")

    def _enum(self, given: GraphQLEnumType) -> str:
        values = "".join(f"\n  | '{value}'" for value in sorted(given.values))
        other = "\n  | (string & {})" if given.name in self.open_enums else ""
        return f"export type {given.name} ={values}{other};\n"

    def _object(self, given: GraphQLInputObjectType) -> str:
        fields = "".join(
            f"  {name}{'' if is_required_input_field(one) else '?'}: {self._input(one.type)};\n"
            for name, one in given.fields.items()
        )
        return f"export interface {given.name} {{\n{fields}}}\n"

    def _selected(self, parent: GraphQLObjectType, chosen: SelectionSetNode, indent: str) -> str:
        """The type of what is selected of an object: its own fields, and those of fragments."""
        fields: list[str] = []
        parts: list[str] = []
        for one in chosen.selections:
            if one.directives:
                raise UnsupportedSelectionError(f"directives on {parent.name}")
            if isinstance(one, FieldNode):
                fields.append(self._field(parent, one, indent + "  "))
            elif isinstance(one, FragmentSpreadNode):
                parts.append(self._fragment(one.name.value))
            else:
                raise UnsupportedSelectionError(f"an inline fragment on {parent.name}")
        if fields:
            inner = "".join(f"{indent}  {one};\n" for one in fields)
            parts.append(f"{{\n{inner}{indent}}}")
        return " & ".join(parts)

    def _fragment(self, name: str) -> str:
        written = f"{name}Fragment"
        if written not in self.fragments:
            node = self._bodies[name]
            parent = self.schema.get_type(node.type_condition.name.value)
            if not isinstance(parent, GraphQLObjectType):
                raise UnsupportedSelectionError(f"{name} is on no object type")
            text = self._selected(parent, node.selection_set, "")
            self.fragments[written] = f"export type {written} = {text};\n"
        return written

    def _field(self, parent: GraphQLObjectType, node: FieldNode, indent: str) -> str:
        key = (node.alias or node.name).value
        if node.name.value == "__typename":
            return f"{key}: '{parent.name}'"
        return f"{key}: {self._output(parent.fields[node.name.value].type, node, indent)}"

    def _output(self, given: Any, node: FieldNode, indent: str) -> str:
        if is_non_null_type(given):
            return self._present(given.of_type, node, indent)
        return f"{self._present(given, node, indent)} | null"

    def _present(self, given: Any, node: FieldNode, indent: str) -> str:
        if is_list_type(given):
            return f"Array<{self._output(given.of_type, node, indent)}>"
        if isinstance(given, GraphQLObjectType):
            if node.selection_set is None:
                raise UnsupportedSelectionError(f"{node.name.value} selects nothing")
            inner = self._selected(given, node.selection_set, indent)
            return (
                f"({inner})"
                if len(node.selection_set.selections) > 1 and inner[0] != "{"
                else inner
            )
        if is_interface_type(given) or is_union_type(given):
            raise UnsupportedSelectionError(f"{node.name.value} is of several types")
        return self._name(given)
