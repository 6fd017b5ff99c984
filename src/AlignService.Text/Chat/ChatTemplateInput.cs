using System.Text.Json;

namespace AlignService.Text.Chat;

/// <summary>The input of a chat template. Null means that the template finds the variable undefined (tools and documents: none).</summary>
public sealed record ChatTemplateInput
{
    /// <summary>A list of objects with <c>role</c>, <c>content</c> and anything else that the template uses.</summary>
    public required JsonElement Messages { get; init; }

    /// <summary>A list of tool descriptions (JSON schemas).</summary>
    public JsonElement? Tools { get; init; }

    public JsonElement? Documents { get; init; }

    /// <summary>Whether to end with the start of the assistant's turn.</summary>
    public bool AddGenerationPrompt { get; init; }

    public string? BosToken { get; init; }

    public string? EosToken { get; init; }

    /// <summary>Further variables: an object.</summary>
    public JsonElement? Extra { get; init; }

    /// <summary>The time that <c>strftime_now</c> gives, in its local time zone.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Nobody waits for the text any more: rendering ends with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>An input of plain turns.</summary>
    public static ChatTemplateInput Of(IEnumerable<ChatMessage> messages, bool addGenerationPrompt) => new()
    {
        Messages = JsonSerializer.SerializeToElement(messages.Select(message => new Dictionary<string, string>
        {
            ["role"] = message.Role,
            ["content"] = message.Content,
        })),
        AddGenerationPrompt = addGenerationPrompt,
    };
}

/// <summary>One turn of a conversation, without tools and other extras.</summary>
public sealed record ChatMessage(string Role, string Content);
