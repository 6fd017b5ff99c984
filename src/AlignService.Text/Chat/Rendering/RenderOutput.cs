using System.Text;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The text rendered so far. A macro or a block writes into its own part, and takes its text.</summary>
internal sealed class RenderOutput(RenderBudget budget)
{
    private readonly Stack<StringBuilder> _parts = new([new StringBuilder()]);
    private readonly List<(int Start, string Text)> _generated = [];

    public void Write(string text)
    {
        StringBuilder part = _parts.Peek();
        budget.Step(1 + (text.Length / 32));
        if ((long)part.Length + text.Length > RenderBudget.LongestText)
        {
            budget.Length((long)part.Length + text.Length);
        }

        part.Append(text);
    }

    public string Capture(Action write)
    {
        _parts.Push(new StringBuilder());
        write();
        return _parts.Pop().ToString();
    }

    /// <summary>Writes the text of a generation block and records its position.</summary>
    public void WriteGenerated(string text)
    {
        _generated.Add((_parts.Last().Length, text));
        Write(text);
    }

    public string Finish() => _parts.Single().ToString();

    /// <summary>The generation blocks in the finished text; null if one was written elsewhere (in a macro or another block), so its position is unknown.</summary>
    public IReadOnlyList<GenerationSpan>? Spans(string finished)
    {
        bool arePlaced = _generated.TrueForAll(block => string.CompareOrdinal(finished, block.Start, block.Text, 0, block.Text.Length) == 0);
        return arePlaced ? [.. _generated.Select(block => new GenerationSpan(block.Start, block.Start + block.Text.Length))] : null;
    }
}

/// <summary>What a generation block wrote: [Start, End) in UTF-16 units of the rendered text.</summary>
internal readonly record struct GenerationSpan(int Start, int End);
