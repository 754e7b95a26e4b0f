"""Pages of documentation, and the codes for TypeScript, made from the contract itself."""

from collections.abc import Iterable

from graphql import (
    OperationDefinitionNode,
    parse,
    print_ast,
)

from mobile_hrp.graphql.limits import measure
from mobile_hrp.mobile_contract.catalogue import CatalogueEntry, catalogue
from mobile_hrp.mobile_contract.documents import TrustedDocument, written_operations

_MADE = "made by `mobile-hrp contract docs`"


def errors_page() -> str:
    """Every code with its texts, as Markdown."""
    entries = sorted(catalogue().values(), key=lambda entry: entry.code)
    rows = "".join(_error_row(entry) for entry in entries)
    return (
        f"# Error codes\n\n<!-- {_MADE} -->\n\n"
        "Messages may hold `{placeholders}`; a code is never renamed. `retry` says whether the "
        "same request may succeed later.\n\n"
        "| code | message (zh) | next step (zh) | message (en) | retry |\n"
        "|---|---|---|---|---|\n"
        f"{rows}"
    )


def operations_page() -> str:
    """Every trusted document with its id, variables and cost, as Markdown."""
    documents = sorted(written_operations(), key=lambda one: (one.kind, one.name))
    rows = "".join(_operation_row(document) for document in documents)
    return (
        f"# Operations\n\n<!-- {_MADE} -->\n\n"
        "Send `documentId` and `variables`; the texts stand in `mobile_contract/operations`. "
        "Nodes are the objects an answer may hold with `first: 100`.\n\n"
        "| operation | kind | variables | nodes | depth | documentId |\n"
        "|---|---|---|---|---|---|\n"
        f"{rows}"
    )


def typescript() -> str:
    """The codes as a union type, and which of them are worth a retry."""
    entries = sorted(catalogue().values(), key=lambda entry: entry.code)
    codes = "".join(f'  | "{entry.code}"\n' for entry in entries)
    retryable = "".join(f'  "{entry.code}",\n' for entry in entries if entry.retryable)
    return (
        f"// {_MADE}\n\n"
        f"export type ErrorCode =\n{codes.rstrip()};\n\n"
        f"export const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([\n{retryable}]);\n"
    )


def _error_row(entry: CatalogueEntry) -> str:
    cells = (entry.zh, entry.next_zh, entry.en, "yes" if entry.retryable else "")
    return _row([f"`{entry.code}`", *cells])


def _operation_row(document: TrustedDocument) -> str:
    parsed = parse(document.body)
    operation = next(
        node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)
    )
    variables = ", ".join(
        f"`{print_ast(variable)}`" for variable in operation.variable_definitions or ()
    )
    (cost,) = measure(parsed)
    figures = (str(cost.nodes), str(cost.depth))
    return _row([document.name, document.kind, variables, *figures, f"`{document.sha256}`"])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"
