namespace AlignService.Text.Chat.Values;

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
