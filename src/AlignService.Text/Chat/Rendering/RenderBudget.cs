using System.Runtime.CompilerServices;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>
/// Limits of one rendering. Templates are untrusted, and real ones stay far below. Work is counted before it is done: a step is about what one expression takes, and what goes through a
/// whole value counts by that value's weight. All steps together take well under a second, and whoever waits can stop it at each.
/// </summary>
internal sealed class RenderBudget(CancellationToken cancellationToken)
{
    /// <summary>More characters than the longest contexts have.</summary>
    public const int LongestText = ValueWeight.LongestText;

    private const long MostSteps = 3_000_000;
    private const int MostItems = 1_000_000;
    private const int DeepestCalls = 100;

    /// <summary>A macro's call makes a scope, a part of the output and a list of arguments.</summary>
    private const int StepsPerCall = 10;

    // Characters that are only copied count as a part of a step.
    private const int CharactersPerStep = 32;

    private long _steps;
    private int _depth;

    /// <exception cref="OperationCanceledException">Nobody waits for the rendering any more.</exception>
    public void Step(long count = 1)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _steps += count;
        if (_steps > MostSteps)
        {
            throw new TemplateFault($"the rendering takes more than {MostSteps} steps");
        }
    }

    /// <summary>Accounts for an operation that may go through all of a value.</summary>
    public void Charge(object value) => Step(ValueWeight.Of(value));

    /// <summary>Accounts for items that are gone through, or held at once.</summary>
    public void Items(long count)
    {
        Step(count);
        if (count > MostItems)
        {
            throw new TemplateFault($"a list of more than {MostItems} items is not allowed");
        }
    }

    /// <summary>The items as a list, taken one by one.</summary>
    public List<object> List(IEnumerable<object> items)
    {
        List<object> list = [];
        foreach (object item in items)
        {
            Step();
            list.Add(item);
            if (list.Count > MostItems)
            {
                Items(list.Count);
            }
        }

        return list;
    }

    /// <summary>Texts in a row, as long as they are not too long together.</summary>
    public string Join(IEnumerable<string> texts, string separator)
    {
        List<string> parts = [];
        long length = 0;
        foreach (string text in texts)
        {
            Step();
            length += text.Length + separator.Length;
            if (length > LongestText + separator.Length)
            {
                Length(length);
            }

            parts.Add(text);
        }

        return Text(string.Join(separator, parts));
    }

    /// <summary>A value as text.</summary>
    public string Print(object value)
    {
        if (value is not string)
        {
            Charge(value);
        }

        return ValueText.Print(value);
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
        Step(StepsPerCall);
        if (++_depth > DeepestCalls)
        {
            throw new TemplateFault($"macro calls are nested deeper than {DeepestCalls}");
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    public void Leave() => _depth--;
}
