using AlignService.HuggingFace.Architecture;
using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Text.Chat;
using AlignService.Text.Masks;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Examples;

/// <summary>
/// Encodes prompts and completions as sampling would have produced them: the prompt by <see cref="PromptEncoder"/>, then the completion's tokens through the
/// first end token; one is added if the text has none.
/// </summary>
/// <param name="tokenizer">The policy's, with its chat template.</param>
/// <param name="model">The policy's; may name further end tokens.</param>
/// <param name="cancellationToken">Nobody waits for what is encoded any more: reaches into one long row.</param>
public sealed class ExampleEncoder(Tokenizer tokenizer, TransformerConfig model, CancellationToken cancellationToken)
{
    private const string AssistantRole = "assistant";
    private const string ThinkStart = "<think>", ThinkEnd = "</think>";

    private readonly EmbeddingRows _rows = new(tokenizer, model.VocabSize);
    private readonly PromptEncoder _prompts = new(new EmbeddingRows(tokenizer, model.VocabSize), cancellationToken);
    private readonly ChatRenderer? _renderer = ChatRenderer.For(tokenizer, cancellationToken);
    private readonly bool _comparesTurns = tokenizer.ChatTemplate is { HasGenerationBlocks: false };
    private readonly HashSet<int> _ends = [.. model.EndTokenIds, .. tokenizer.EosId is int end ? [end] : Array.Empty<int>()];

    /// <exception cref="AlignService.AlignException">The messages cannot be rendered, or there is no token to learn.</exception>
    public TokenSequence Encode(Example example) => example.IsWholeText ? EncodeText(example.Prompt)
        : example.Completion is string completion ? Encode(example.Prompt, completion)
        : LastAnswer(example.Prompt) is string answer ? Encode(example.Prompt with { Messages = [.. example.Prompt.Messages!.SkipLast(1)] }, answer) // it has a last message
        : EncodeConversation(example.Prompt);

    /// <summary>
    /// The last answer of a conversation, where it is learned like a completion behind its prompt: because it is the only answer, or because the template does not write it as it
    /// is given (reasoning that it strips). Null where the template marks what to learn, and for answers with more than text.
    /// </summary>
    private string? LastAnswer(Prompt conversation)
    {
        if (!_comparesTurns || conversation.Messages is not [_, .., { Role: AssistantRole, Content: { Length: > 0 } content, FieldsJson: null }])
        {
            return null;
        }

        bool isOnly = conversation.Messages.SkipLast(1).All(message => message.Role != AssistantRole);
        return isOnly || !_renderer!.Render(conversation.Messages, addGenerationPrompt: false, conversation.ToolsJson, conversation.TemplateArgumentsJson).Contains(content.Trim(), StringComparison.Ordinal) // there is a template
            ? content
            : null;
    }

    /// <exception cref="AlignService.AlignException">The prompt cannot be rendered or has no tokens, or the completion cannot follow it.</exception>
    public TokenSequence Encode(Prompt prompt, string completion)
    {
        int[] promptIds = [.. _prompts.Encode(prompt)];
        string promptText = _prompts.Text(prompt);
        string answer = prompt.Messages is null ? completion : Answer(prompt, promptText, completion);
        int[] ids = tokenizer.Until(cancellationToken).EncodeCompletion(promptIds, promptText, answer, isRendered: prompt.Messages is not null)
            ?? throw new DataException($"Prompt {prompt.Index}: no tokens of the completion continue the prompt such that both decode to the text given; let the prompt end, or the completion begin, at a word.");
        return new(promptIds, _rows.Require(Ended(ids), $"Example {prompt.Index}"));
    }

    /// <summary>
    /// What follows the rendered prompt: as the template writes the answer, with what closes the turn, where it writes it in full behind the prompt; else the completion as it
    /// is given, which is what sampling would have produced.
    /// </summary>
    private string Answer(Prompt prompt, string promptText, string completion)
    {
        string whole = _renderer!.Render([.. prompt.Messages!, new PromptMessage(AssistantRole, completion)], addGenerationPrompt: false, prompt.ToolsJson, prompt.TemplateArgumentsJson); // messages were rendered before
        if (whole.StartsWith(promptText, StringComparison.Ordinal) && whole.IndexOf(completion.Trim(), promptText.Length, StringComparison.Ordinal) >= 0)
        {
            return whole[promptText.Length..];
        }

        return IsThinking(promptText) && !completion.Contains(ThinkEnd, StringComparison.Ordinal)
            ? throw new DataException(
                $"Prompt {prompt.Index}: the chat template opens {ThinkStart} for the answer, and the completion does not close it, so the answer would be learned as reasoning; "
                + $"begin the completion with the reasoning and {ThinkEnd}, or give the row as one conversation.")
            : completion;
    }

    /// <summary>Every token is learned behind the first, which nothing precedes; an end token within the text does not end it.</summary>
    private TokenSequence EncodeText(Prompt whole)
    {
        int[] ids = tokenizer.Until(cancellationToken).EncodePrompt(whole.Text ?? "");
        int[] ended = ids is [.., int last] && !_ends.Contains(last) && EndToken is int end ? [.. ids, end] : ids;
        return ended.Length > 1
            ? new([ended[0]], ended[1..])
            : throw new DataException($"Text {whole.Index} has {ended.Length} tokens; at least 2 are needed to learn one. Give more text.");
    }

    private static bool IsThinking(string prompt) => prompt.LastIndexOf(ThinkStart, StringComparison.Ordinal) > prompt.LastIndexOf(ThinkEnd, StringComparison.Ordinal);

    private TokenSequence EncodeConversation(Prompt conversation)
    {
        ChatTemplateInput input = ChatRenderer.Input(conversation.Messages!, addGenerationPrompt: false, conversation.ToolsJson, conversation.TemplateArgumentsJson); // an example without completion is a conversation
        MaskedChat chat = AssistantMask.Encode(tokenizer, input with { Cancellation = cancellationToken });
        bool[] trained = WithoutWhatFollowsAnEnd(chat);
        int first = Math.Max(1, Array.IndexOf(trained, true)), last = Array.LastIndexOf(trained, true);
        if (last < first)
        {
            throw new DataException($"Conversation {conversation.Index} has no assistant tokens to learn; give one with an assistant turn.");
        }

        List<int> ids = [.. chat.TokenIds.Skip(first).Take(last + 1 - first)];
        List<bool> counted = [.. trained[first..(last + 1)]];
        if (!_ends.Contains(ids[^1]) && EndToken is int end)
        {
            ids.Add(end);
            counted.Add(true);
        }

        _rows.Require(chat.TokenIds, $"Example {conversation.Index}");
        return new([.. chat.TokenIds.Take(first)], _rows.Require(ids, $"Example {conversation.Index}")) { Trained = counted.All(token => token) ? null : counted };
    }

    /// <summary>Sampling stops at an end token: what a template writes after it is not the model's.</summary>
    private bool[] WithoutWhatFollowsAnEnd(MaskedChat chat)
    {
        bool[] trained = [.. chat.IsTrained];
        bool hasEnded = false;
        for (int i = 0; i < trained.Length; i++)
        {
            hasEnded &= chat.IsTrained[i];
            trained[i] &= !hasEnded;
            hasEnded |= trained[i] && _ends.Contains(chat.TokenIds[i]);
        }

        return trained;
    }

    private int[] Ended(int[] ids)
    {
        int end = Array.FindIndex(ids, _ends.Contains);
        return end >= 0 ? ids[..(end + 1)] : EndToken is int added ? [.. ids, added] : ids;
    }

    private int? EndToken => tokenizer.EosId ?? (model.EndTokenIds is [int first, ..] ? first : null);
}
