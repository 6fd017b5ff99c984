using AlignService.Specs.Data;

namespace AlignService.Specs.Preferences;

/// <summary>Where preferences come from: a file or the list itself.</summary>
public sealed record PreferenceSourceConfig : ITemplateFields
{
    /// <summary>Path of a .jsonl, .json or .parquet file; null where <see cref="Inline"/> is used.</summary>
    public string? File { get; init; }

    public IReadOnlyList<Preference> Inline { get; init; } = [];

    /// <summary>Holds text or messages; where it is absent, the messages that both answers begin with are the prompt.</summary>
    public string PromptField { get; init; } = "prompt";

    /// <summary>Holds text, one message of the assistant, or a conversation that ends with one.</summary>
    public string ChosenField { get; init; } = "chosen";

    /// <summary>Likewise.</summary>
    public string RejectedField { get; init; } = "rejected";

    /// <summary>Holds a number; absent is 0.</summary>
    public string MarginField { get; init; } = "margin";

    public string ToolsField { get; init; } = "tools";

    public string TemplateArgumentsField { get; init; } = "template_arguments";

    /// <summary>Use only the first preferences; 0 is all.</summary>
    public int Limit { get; init; }
}
