namespace AlignService.Text.Chat.Values;

/// <summary>What a name, key or index stands for that is not there: prints as nothing, is false and empty, and fails on any other use.</summary>
/// <param name="why">What to say when it is used.</param>
internal sealed class Undefined(string why)
{
    public TemplateFault Fault() => new(why);
}

/// <summary>
/// The value none. The other values of a template are bool, <see cref="System.Numerics.BigInteger"/>, double, string and the classes of this
/// folder; a null reference is none of them.
/// </summary>
internal sealed class None
{
    private None()
    {
    }

    public static None Value { get; } = new();
}

/// <summary>Something that cannot be done with the values given; the renderer adds the line.</summary>
internal sealed class TemplateFault(string message) : Exception(message);

/// <summary>What a template says itself when it calls <c>raise_exception</c>.</summary>
internal sealed class TemplateRefusal(string message) : Exception(message);
