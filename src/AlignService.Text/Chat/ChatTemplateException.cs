namespace AlignService.Text.Chat;

/// <summary>A chat template that could not be rendered for the messages at hand, or that refused them itself.</summary>
public sealed class ChatTemplateException : AlignException
{
    public ChatTemplateException(string message, bool isRaisedByTemplate)
        : base(message) => IsRaisedByTemplate = isRaisedByTemplate;

    /// <summary>The template called <c>raise_exception</c>; the message is its own, word for word.</summary>
    public bool IsRaisedByTemplate { get; }
}
