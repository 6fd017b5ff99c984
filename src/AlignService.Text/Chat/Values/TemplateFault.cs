namespace AlignService.Text.Chat.Values;

/// <summary>Something that cannot be done with the values given; the renderer adds the line.</summary>
internal sealed class TemplateFault(string message) : Exception(message);
