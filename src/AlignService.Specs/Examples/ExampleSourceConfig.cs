using AlignService.Specs.Data;

namespace AlignService.Specs.Examples;

/// <summary>Where examples come from: a file or the list itself.</summary>
public sealed record ExampleSourceConfig : ITemplateFields
{
    /// <summary>Path of a .jsonl, .json or .parquet file; null where <see cref="Inline"/> is used.</summary>
    public string? File { get; init; }

    public IReadOnlyList<Example> Inline { get; init; } = [];

    /// <summary>Holds text or messages.</summary>
    public string PromptField { get; init; } = "prompt";

    /// <summary>Holds text, or one message of the assistant.</summary>
    public string CompletionField { get; init; } = "completion";

    /// <summary>Holds whole conversations, for rows without a prompt.</summary>
    public string MessagesField { get; init; } = "messages";

    public string ToolsField { get; init; } = "tools";

    public string TemplateArgumentsField { get; init; } = "template_arguments";

    /// <summary>Use only the first examples; 0 is all.</summary>
    public int Limit { get; init; }
}
