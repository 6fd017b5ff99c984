using AlignService.Specs.Binding;
using AlignService.Specs.Data;

namespace AlignService.Specs.Examples;

/// <summary>Where examples come from: a file or the list itself.</summary>
public sealed record ExampleSourceConfig : ITemplateFields, IHeldOutShare
{
    /// <summary>datasets/{dataset}, a file (.jsonl, .json, .csv, .tsv or .parquet, also compressed), a directory of them, or a pattern; null where <see cref="Inline"/> is used.</summary>
    [Setting(IsPath = true, IsData = true, Aliases = "path dataset data_path train_files dataset_name prompt_data")]
    public string? File { get; init; }

    [Setting(IsInlineData = true)]
    public IReadOnlyList<Example> Inline { get; init; } = [];

    /// <inheritdoc cref="InlineSummary.Count"/>
    [Setting(Min = 0, StandsFor = "inline")]
    public int InlineCount { get; init; }

    /// <inheritdoc cref="InlineSummary.Sha256"/>
    [Setting(StandsFor = "inline")]
    public string InlineSha256 { get; init; } = "";

    /// <summary>Field with text or messages.</summary>
    [Setting(Aliases = "prompt_key input_key")]
    public string PromptField { get; init; } = "prompt";

    /// <summary>Field with text, or one message of the assistant.</summary>
    [Setting(Aliases = "output_key response_key completion_key")]
    public string CompletionField { get; init; } = "completion";

    /// <summary>Field with whole conversations, for rows without a prompt.</summary>
    [Setting(Aliases = "messages_key chat_field")]
    public string MessagesField { get; init; } = "messages";

    /// <summary>Field with text that is learned as a whole, for rows without a prompt and messages.</summary>
    [Setting(Aliases = "dataset_text_field text_column")]
    public string TextField { get; init; } = "text";

    /// <summary>The prompt as text with fields in braces, instead of the prompt's field.</summary>
    [Setting(Aliases = "input_template")]
    public string? PromptTemplate { get; init; }

    /// <summary>The completion as text with fields in braces, instead of the completion's field.</summary>
    [Setting(Aliases = "output_template")]
    public string? CompletionTemplate { get; init; }

    [Setting]
    public string ToolsField { get; init; } = "tools";

    [Setting]
    public string TemplateArgumentsField { get; init; } = "template_arguments";

    /// <summary>Use only this many of the first examples; 0 is all.</summary>
    [Setting(Min = 0, Why = "0 means all", Aliases = "max_samples num_samples")]
    public int Limit { get; init; }

    /// <inheritdoc/>
    [Setting(Min = 0, Below = 1, Why = "0 holds nothing out", Aliases = "val_size val_set_size test_size eval_fraction validation_fraction validation_split eval_split_ratio")]
    public double HeldOutFraction { get; init; }

    /// <inheritdoc/>
    [Setting(Min = 0, Aliases = "split_seed")]
    public int HeldOutSeed { get; init; }
}
