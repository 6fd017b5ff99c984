namespace AlignService.Text.Chat.Values;

/// <summary>The arguments of the filter <c>tojson</c>.</summary>
internal sealed record JsonTextOptions
{
    /// <summary>What one level is indented by; null: everything on one line.</summary>
    public string? Indent { get; init; }

    public string ItemSeparator { get; init; } = ", ";

    public string KeySeparator { get; init; } = ": ";

    public bool EscapesNonAscii { get; init; }

    public bool SortsKeys { get; init; }
}
