namespace AlignService.Text.Chat.Values;

/// <summary>Something that can be called: a function of the environment, a macro, or a value's method.</summary>
internal sealed class Function(string name, Func<Arguments, object> body)
{
    public string Name => name;

    public object Invoke(Arguments arguments) => body(arguments);
}
