using AlignService.Text.Chat.Rendering;
using AlignService.Text.Chat.Syntax;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat;

/// <summary>
/// A chat template in the part of Jinja that transformers' templates use, rendered byte for byte as there. Templates are untrusted: they
/// only see the given values, and their cost is bounded. Thread-safe.
/// </summary>
public sealed class ChatTemplate
{
    private const int LongestTemplate = 1 << 20;

    private readonly IReadOnlyList<Statement> _statements;

    private readonly IReadOnlyDictionary<IReadOnlyList<Statement>, IReadOnlyList<string>> _namesSetFirst;

    private ChatTemplate(string source, IReadOnlyList<Statement> statements) => (Source, _statements, _namesSetFirst) = (source, statements, NamesSetFirst.Of(statements));

    public string Source { get; }

    /// <summary>Whether it marks, anywhere, what the assistant writes.</summary>
    public bool HasGenerationBlocks => TemplateStatements.Within(_statements).Any(statement => statement is GenerationBlock);

    /// <exception cref="CheckpointException">
    /// The template is wrong or uses a tag, filter, test, function or method that is not known; the message gives the line.
    /// </exception>
    public static ChatTemplate Parse(string template) => template.Length <= LongestTemplate
        ? new ChatTemplate(template, TemplateParser.Parse(template, StatementRenderer.Names))
        : throw new CheckpointException($"The chat template has {template.Length} characters; at most {LongestTemplate} are allowed.");

    /// <exception cref="ChatTemplateException">The template fails on these values, or refuses them.</exception>
    public string Render(ChatTemplateInput input) => RenderChat(input).Text;

    public string Render(IEnumerable<ChatMessage> messages, bool addGenerationPrompt) =>
        Render(ChatTemplateInput.Of(messages, addGenerationPrompt));

    /// <summary>Like <see cref="Render(ChatTemplateInput)"/>, with the parts that the template marks as generated.</summary>
    /// <exception cref="ChatTemplateException">The template fails on these values, or refuses them.</exception>
    internal RenderedChat RenderChat(ChatTemplateInput input)
    {
        var budget = new RenderBudget(input.Cancellation);
        var output = new RenderOutput(budget);
        var renderer = new StatementRenderer(budget, output, _namesSetFirst, input.Clock);
        try
        {
            renderer.Render(_statements, ChatTemplateVariables.From(input));
        }
        catch (TemplateFault fault)
        {
            throw Failed(renderer.Line, fault.Message);
        }
        catch (TemplateRefusal refusal)
        {
            throw new ChatTemplateException(refusal.Message, isRaisedByTemplate: true);
        }
        catch (InsufficientExecutionStackException)
        {
            throw Failed(renderer.Line, "the values or calls are nested too deeply");
        }

        string text = output.Finish();
        if (ExactText.FindFault(text) is { } half)
        {
            throw Failed(renderer.Line, $"what it renders {half}");
        }

        return new RenderedChat(text, output.Spans(text));
    }

    private static ChatTemplateException Failed(int line, string what) =>
        new($"The chat template fails on line {line}: {what}.", isRaisedByTemplate: false);
}

/// <summary>A rendered conversation.</summary>
internal sealed class RenderedChat
{
    private readonly IReadOnlyList<GenerationSpan>? _spans;

    internal RenderedChat(string text, IReadOnlyList<GenerationSpan>? spans) => (Text, _spans) = (text, spans);

    public string Text { get; }

    /// <summary>The parts that the model should learn, from the template's generation blocks; empty if it has none.</summary>
    /// <exception cref="ChatTemplateException">A block is inside a macro or another block, so its position in the text is unknown.</exception>
    public IReadOnlyList<GenerationSpan> GenerationSpans => _spans ?? throw new ChatTemplateException(
        "the template has a generation block inside a macro or another block, where its position in the text is unknown; move it out",
        isRaisedByTemplate: false);
}

/// <summary>A chat template that could not be rendered for the given messages, or that rejected them itself.</summary>
public sealed class ChatTemplateException : AlignException
{
    public ChatTemplateException(string message, bool isRaisedByTemplate)
        : base(message) => IsRaisedByTemplate = isRaisedByTemplate;

    /// <summary>The template called <c>raise_exception</c>; the message is the template's, verbatim.</summary>
    public bool IsRaisedByTemplate { get; }
}
