using AlignService.Specs.Data;

namespace AlignService.Specs.Prompts;

/// <summary>Where prompts come from: a file or the list itself.</summary>
public sealed record PromptSourceConfig : ITemplateFields
{
    /// <summary>Path of a .jsonl, .json or .parquet file; null where <see cref="Inline"/> is used.</summary>
    public string? File { get; init; }

    public IReadOnlyList<Prompt> Inline { get; init; } = [];

    public string PromptField { get; init; } = "prompt";

    public string MessagesField { get; init; } = "messages";

    public string AnswerField { get; init; } = "answer";

    public string ToolsField { get; init; } = "tools";

    public string TemplateArgumentsField { get; init; } = "template_arguments";

    /// <summary>What rewards read as metadata; empty is every other field that holds text, a number or a truth value.</summary>
    public IReadOnlyList<string> MetadataFields { get; init; } = [];

    /// <summary>Use only the first prompts; 0 is all.</summary>
    public int Limit { get; init; }
}
