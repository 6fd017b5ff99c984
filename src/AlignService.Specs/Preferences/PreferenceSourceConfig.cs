using AlignService.Specs.Binding;
using AlignService.Specs.Data;

namespace AlignService.Specs.Preferences;

/// <summary>Where preferences come from: a file or the list itself.</summary>
public sealed record PreferenceSourceConfig : ITemplateFields, IHeldOutShare
{
    /// <summary>datasets/{dataset}, a file (.jsonl, .json, .csv, .tsv or .parquet, also compressed), a directory of them, or a pattern; null where <see cref="Inline"/> is used.</summary>
    [Setting(IsPath = true, IsData = true, Aliases = "path dataset data_path train_files dataset_name prompt_data")]
    public string? File { get; init; }

    [Setting(IsInlineData = true)]
    public IReadOnlyList<Preference> Inline { get; init; } = [];

    /// <inheritdoc cref="InlineSummary.Count"/>
    [Setting(Min = 0, StandsFor = "inline")]
    public int InlineCount { get; init; }

    /// <inheritdoc cref="InlineSummary.Sha256"/>
    [Setting(StandsFor = "inline")]
    public string InlineSha256 { get; init; } = "";

    /// <summary>Field with text or messages; if absent, the messages that both answers start with are the prompt.</summary>
    [Setting(Aliases = "prompt_key input_key")]
    public string PromptField { get; init; } = "prompt";

    /// <summary>Field with text, one message of the assistant, or a conversation that ends with one.</summary>
    [Setting(Aliases = "chosen_key")]
    public string ChosenField { get; init; } = "chosen";

    /// <summary>Field with the same for the rejected answer.</summary>
    [Setting(Aliases = "rejected_key")]
    public string RejectedField { get; init; } = "rejected";

    /// <summary>Field with a number; absent is 0.</summary>
    [Setting]
    public string MarginField { get; init; } = "margin";

    /// <summary>The prompt as text with fields in braces, instead of the prompt's field.</summary>
    [Setting(Aliases = "input_template")]
    public string? PromptTemplate { get; init; }

    [Setting]
    public string ToolsField { get; init; } = "tools";

    [Setting]
    public string TemplateArgumentsField { get; init; } = "template_arguments";

    /// <summary>Use only this many of the first preferences; 0 is all.</summary>
    [Setting(Min = 0, Why = "0 means all", Aliases = "max_samples num_samples")]
    public int Limit { get; init; }

    /// <inheritdoc/>
    [Setting(Min = 0, Below = 1, Why = "0 holds nothing out", Aliases = "val_size val_set_size test_size eval_fraction validation_fraction validation_split eval_split_ratio")]
    public double HeldOutFraction { get; init; }

    /// <inheritdoc/>
    [Setting(Min = 0, Aliases = "split_seed")]
    public int HeldOutSeed { get; init; }
}
