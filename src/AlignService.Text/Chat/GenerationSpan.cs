namespace AlignService.Text.Chat;

/// <summary>What a generation block wrote: [Start, End) in UTF-16 units of the rendered text.</summary>
public readonly record struct GenerationSpan(int Start, int End);
