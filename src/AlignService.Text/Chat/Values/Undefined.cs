namespace AlignService.Text.Chat.Values;

/// <summary>The value of a missing name, key or index: prints as nothing, is false and empty, and fails on any other use.</summary>
/// <param name="why">The error when it is used.</param>
internal sealed class Undefined(string why)
{
    public TemplateFault Fault() => new(why);
}

/// <summary>
/// The value none. The other values of a template are bool, <see cref="System.Numerics.BigInteger"/>, double, string and the classes of this
/// folder; a null reference is not one of them.
/// </summary>
internal sealed class None
{
    private None()
    {
    }

    public static None Value { get; } = new();
}

/// <summary>Something that cannot be done with the given values; the renderer adds the line.</summary>
internal sealed class TemplateFault(string message) : Exception(message);

/// <summary>An error from the template itself, by <c>raise_exception</c>.</summary>
internal sealed class TemplateRefusal(string message) : Exception(message);
