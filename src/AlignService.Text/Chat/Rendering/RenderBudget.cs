using System.Runtime.CompilerServices;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>What one rendering may cost. Templates come from strangers; a real one stays far below.</summary>
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

    /// <summary>Accounts for a text that was made, which must not be too long.</summary>
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
            throw new TemplateFault($"macros call one another more than {DeepestCalls} deep");
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    public void Leave() => _depth--;
}
