namespace AlignService.Text.Chat;

/// <summary>A rendered conversation.</summary>
public sealed class RenderedChat
{
    private readonly IReadOnlyList<GenerationSpan>? _spans;

    internal RenderedChat(string text, IReadOnlyList<GenerationSpan>? spans) => (Text, _spans) = (text, spans);

    public string Text { get; }

    /// <summary>The parts that the model is to learn, by the template's generation blocks; empty if it has none.</summary>
    /// <exception cref="ChatTemplateException">A block stands inside of a macro or another block, so that its place in the text is not known.</exception>
    public IReadOnlyList<GenerationSpan> GenerationSpans => _spans ?? throw new ChatTemplateException(
        "the template writes a generation block inside of a macro or another block, where its place in the text is not known; move it out",
        isRaisedByTemplate: false);
}
