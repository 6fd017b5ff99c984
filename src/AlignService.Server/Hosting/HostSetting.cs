using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace AlignService.Server.Hosting;

/// <summary>Declares a setting of <see cref="HostSettings"/>.</summary>
/// <param name="description">One line for the help.</param>
/// <param name="helpName">Stands for the value in the help; not needed where the allowed words do.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HostSettingAttribute(string description, string helpName = "") : Attribute
{
    public string Description { get; } = description;

    public string HelpName { get; } = helpName;

    /// <summary>Smallest value of a number.</summary>
    public int Min { get; init; }

    /// <summary>Largest value of a number.</summary>
    public int Max { get; init; }

    /// <summary>`align worker` has no use for it.</summary>
    public bool ServerOnly { get; init; }

    /// <summary>What holds where nothing is given, for settings without a default value.</summary>
    public string? Default { get; init; }
}

/// <summary>One setting: its names in each place where it can be given, and its values as text.</summary>
public sealed partial class HostSetting
{
    private readonly PropertyInfo _property;
    private readonly HostSettingAttribute _declared;

    internal HostSetting(PropertyInfo property)
    {
        _property = property;
        _declared = property.GetCustomAttribute<HostSettingAttribute>()!;
        string[] words = [.. Words().Matches(property.Name).Select(word => word.Value)];
        Flag = $"--{string.Join('-', words).ToLowerInvariant()}";
        Variable = $"ALIGN_{string.Join('_', words).ToUpperInvariant()}";
    }

    /// <summary>In the section Align of the configuration, so Align:MaxQueuedJobs and Align__MaxQueuedJobs.</summary>
    public string Key => _property.Name;

    public string Flag { get; }

    public string Variable { get; }

    public string Description => _declared.Description;

    public string HelpName => _declared.HelpName;

    public bool ServerOnly => _declared.ServerOnly;

    public bool IsList => _property.PropertyType == typeof(IReadOnlyList<string>);

    /// <summary>The allowed words; empty where any text or a number is.</summary>
    public IReadOnlyList<string> Choices => ValueType.IsEnum ? [.. Enum.GetNames(ValueType).Select(name => name.ToLowerInvariant())] : [];

    public string Default => _declared.Default ?? string.Join(", ", ToText(new HostSettings()));

    private Type ValueType => Nullable.GetUnderlyingType(_property.PropertyType) ?? _property.PropertyType;

    /// <summary>The values as they can be given again; empty where it is not set.</summary>
    internal IReadOnlyList<string> ToText(HostSettings settings) => _property.GetValue(settings) switch
    {
        null => [],
        IReadOnlyList<string> list => list,
        Enum word => [word.ToString().ToLowerInvariant()],
        bool flag => [flag ? "true" : "false"],
        var value => [Convert.ToString(value, CultureInfo.InvariantCulture)!],
    };

    /// <exception cref="ServerStartException">The value is not one of this setting.</exception>
    internal void Set(HostSettings settings, IReadOnlyList<string> values) => _property.SetValue(settings, IsList ? values : Parse(values[^1]));

    private object Parse(string text)
    {
        if (ValueType == typeof(string))
        {
            return text;
        }

        if (ValueType == typeof(bool))
        {
            return bool.TryParse(text, out bool flag) ? flag : throw Refused(text, "it must be true or false");
        }

        if (ValueType.IsEnum)
        {
            return Choices.Contains(text.ToLowerInvariant()) ? Enum.Parse(ValueType, text, ignoreCase: true) : throw Refused(text, $"known are {string.Join(", ", Choices)}");
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= _declared.Min && number <= _declared.Max
            ? number
            : throw Refused(text, string.Create(CultureInfo.InvariantCulture, $"it must be a whole number from {_declared.Min} to {_declared.Max}"));
    }

    private ServerStartException Refused(string text, string rule) => new($"{Flag} ({Variable}, {HostSettingCatalog.Section}:{Key}) is \"{text}\"; {rule}.");

    [GeneratedRegex("[A-Z][a-z]*")]
    private static partial Regex Words();
}
