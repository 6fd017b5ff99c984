using System.Runtime.CompilerServices;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Limits of one rendering. Templates are untrusted; real ones stay far below.</summary>
internal sealed class RenderBudget
{
    public const int LongestText = 16 << 20;
    private const long MostSteps = 20_000_000;
    private const int DeepestCalls = 100;

    // Characters that are copied count as a part of a step.
    private const int CharactersPerStep = 64;

    private long _steps;
    private int _depth;

    public void Step(long count = 1)
    {
        _steps += count;
        if (_steps > MostSteps)
        {
            throw new TemplateFault($"the rendering takes more than {MostSteps} steps");
        }
    }

    /// <summary>Accounts for a generated text, which must not be too long.</summary>
    public string Text(string text)
    {
        Length(text.Length);
        return text;
    }

    public void Length(long length)
    {
        Step(length / CharactersPerStep);
        if (length > LongestText)
        {
            throw new TemplateFault($"a text is longer than {LongestText} characters");
        }
    }

    public void Enter()
    {
        if (++_depth > DeepestCalls)
        {
            throw new TemplateFault($"macro calls are nested deeper than {DeepestCalls}");
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    public void Leave() => _depth--;
}
