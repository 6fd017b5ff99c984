using AlignService.Specs.Binding;
using AlignService.Specs.Data;

namespace AlignService.Specs.Prompts;

/// <summary>Where prompts come from: a file or the list itself.</summary>
public sealed record PromptSourceConfig : ITemplateFields, IHeldOutShare
{
    /// <summary>datasets/{dataset}, a file (.jsonl, .json, .csv, .tsv or .parquet, also compressed), a directory of them, or a pattern; null where <see cref="Inline"/> is used.</summary>
    [Setting(IsPath = true, IsData = true, Aliases = "path dataset data_path train_files dataset_name prompt_data")]
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

    /// <summary>Field with messages, or text that contains them as JSON.</summary>
    [Setting(Aliases = "messages_key chat_field")]
    public string MessagesField { get; init; } = "messages";

    [Setting(Aliases = "label_key answer_key ground_truth_key")]
    public string AnswerField { get; init; } = "answer";

    /// <summary>The prompt as text with fields in braces, instead of the prompt's field.</summary>
    [Setting(Aliases = "input_template")]
    public string? PromptTemplate { get; init; }

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

    /// <inheritdoc/>
    [Setting(Min = 0, Below = 1, Why = "0 holds nothing out", Aliases = "val_size val_set_size test_size eval_fraction validation_fraction validation_split eval_split_ratio")]
    public double HeldOutFraction { get; init; }

    /// <inheritdoc/>
    [Setting(Min = 0, Aliases = "split_seed")]
    public int HeldOutSeed { get; init; }
}
