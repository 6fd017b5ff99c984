using AlignService.Specs.Binding;
using AlignService.Specs.Data;

namespace AlignService.Specs.Prompts;

/// <summary>Where prompts come from: a file or the list itself.</summary>
public sealed record PromptSourceConfig : ITemplateFields
{
    /// <summary>Path of a .jsonl, .json or .parquet file; null where <see cref="Inline"/> is used.</summary>
    [Setting(IsPath = true, Aliases = "path dataset data_path train_files dataset_name prompt_data")]
    public string? File { get; init; }

    [Setting(IsInlineData = true)]
    public IReadOnlyList<Prompt> Inline { get; init; } = [];

    /// <inheritdoc cref="InlineSummary.Count"/>
    [Setting(Min = 0, StandsFor = "inline")]
    public int InlineCount { get; init; }

    /// <inheritdoc cref="InlineSummary.Sha256"/>
    [Setting(StandsFor = "inline")]
    public string InlineSha256 { get; init; } = "";

    [Setting(Aliases = "prompt_key input_key")]
    public string PromptField { get; init; } = "prompt";

    [Setting]
    public string MessagesField { get; init; } = "messages";

    [Setting(Aliases = "label_key answer_key")]
    public string AnswerField { get; init; } = "answer";

    [Setting]
    public string ToolsField { get; init; } = "tools";

    [Setting]
    public string TemplateArgumentsField { get; init; } = "template_arguments";

    /// <summary>Fields that rewards read as metadata; empty is every other field that holds text, a number or a boolean.</summary>
    [Setting]
    public IReadOnlyList<string> MetadataFields { get; init; } = [];

    /// <summary>Use only this many of the first prompts; 0 is all.</summary>
    [Setting(Min = 0, Why = "0 means all", Aliases = "max_samples num_samples")]
    public int Limit { get; init; }
}
