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
public sealed class ExampleEncoder(Tokenizer tokenizer, TransformerConfig model)
{
    private readonly PromptEncoder _prompts = new(tokenizer);
    private readonly ChatRenderer? _renderer = ChatRenderer.For(tokenizer);
    private readonly HashSet<int> _ends = [.. model.EndTokenIds, .. tokenizer.EosId is int end ? [end] : Array.Empty<int>()];

    /// <exception cref="AlignService.AlignException">The messages cannot be rendered, or there is no token to learn.</exception>
    public TokenSequence Encode(Example example) => example.Completion is string completion
        ? Encode(example.Prompt, completion)
        : EncodeConversation(example.Prompt);

    /// <exception cref="AlignService.AlignException">The prompt cannot be rendered, or has no tokens.</exception>
    public TokenSequence Encode(Prompt prompt, string completion)
    {
        int[] promptIds = [.. _prompts.Encode(prompt)];
        int[] ids = prompt.Messages is null
            ? tokenizer.Encode(prompt.Text + completion, addSpecialTokens: true)
            : tokenizer.Encode(_renderer!.Render([.. prompt.Messages, new PromptMessage("assistant", completion)], addGenerationPrompt: false, prompt.ToolsJson, prompt.TemplateArgumentsJson), addSpecialTokens: false);

        // Where a token would reach over the border, or a template writes an answer in another way than it asks for one, the completion is encoded alone.
        bool goesOn = ids.Length > promptIds.Length && ids.AsSpan().StartsWith(promptIds);
        return new(promptIds, Ended(goesOn ? ids[promptIds.Length..] : tokenizer.Encode(completion, addSpecialTokens: false)));
    }

    private TokenSequence EncodeConversation(Prompt conversation)
    {
        ChatTemplateInput input = ChatRenderer.Input(conversation.Messages!, addGenerationPrompt: false, conversation.ToolsJson, conversation.TemplateArgumentsJson); // an example without completion is a conversation
        MaskedChat chat = AssistantMask.Encode(tokenizer, input);
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

        return new([.. chat.TokenIds.Take(first)], ids) { Trained = counted.All(token => token) ? null : counted };
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
