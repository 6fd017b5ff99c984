namespace AlignService.Text.Chat;

/// <summary>One turn of a conversation, without tools and other extras.</summary>
public sealed record ChatMessage(string Role, string Content);
