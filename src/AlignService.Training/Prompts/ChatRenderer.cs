using AlignService.Model.Chat;
using AlignService.Model.Tokenization;

namespace AlignService.Training.Prompts;

/// <summary>Messages as text, by the chat template that came with a tokenizer.</summary>
internal sealed class ChatRenderer
{
    private readonly ChatTemplate _template;
    private readonly Tokenizer _tokenizer;

    private ChatRenderer(ChatTemplate template, Tokenizer tokenizer) => (_template, _tokenizer) = (template, tokenizer);

    /// <summary>Null where the tokenizer has no chat template.</summary>
    public static ChatRenderer? For(Tokenizer tokenizer) => tokenizer.ChatTemplate is ChatTemplate template ? new(template, tokenizer) : null;

    /// <param name="messages">In order.</param>
    /// <param name="addGenerationPrompt">End with what opens the assistant's turn.</param>
    public string Render(IReadOnlyList<PromptMessage> messages, bool addGenerationPrompt)
    {
        IEnumerable<ChatMessage> turns = messages.Select(message => new ChatMessage(message.Role, message.Content));
        return _template.Render(ChatTemplateInput.Of(turns, addGenerationPrompt) with { BosToken = _tokenizer.BosToken, EosToken = _tokenizer.EosToken });
    }
}
