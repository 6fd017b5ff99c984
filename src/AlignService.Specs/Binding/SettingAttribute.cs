using AlignService.Specs.Resources;
using Google.Protobuf;

namespace AlignService.Specs.Binding;

/// <summary>
/// The single declaration of a setting. Its default is the property's initializer; its meaning is the comment of the proto field; everything else is declared here, and everything
/// about settings derives from it: reading and writing the wire, bounds, warnings, hints for misspelled names, the JSON schema, docs/settings.md.
/// </summary>
/// <param name="path">The field, from the record's message: null is the property's name in snake_case; <c>../</c> is the parent message.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string? path = null) : Attribute
{
    public string? Path { get; } = path;

    /// <summary>Smallest allowed value.</summary>
    public double Min { get; init; } = double.NaN;

    /// <summary>The value must be above this.</summary>
    public double Above { get; init; } = double.NaN;

    /// <summary>Largest allowed value.</summary>
    public double Max { get; init; } = double.NaN;

    /// <summary>The value must be below this.</summary>
    public double Below { get; init; } = double.NaN;

    /// <summary>The reason for the bound, as a clause, where it is not obvious.</summary>
    public string Why { get; init; } = "";

    /// <summary>On the wire, 0 turns it off; the property is null then.</summary>
    public bool ZeroIsOff { get; init; }

    /// <summary>UCUM, or a word in braces for what is counted: <c>{token}</c>, <c>{step}</c>.</summary>
    public string Unit { get; init; } = "";

    /// <summary>A path: relative to the job file, or for remote clients to the server's data root. Unless <see cref="IsData"/>, of a model, which may be a resource name instead.</summary>
    public bool IsPath { get; init; }

    /// <summary>The path is that of data, which may be a dataset's name instead.</summary>
    public bool IsData { get; init; }

    /// <summary>Inline data, which the server does not send back unless it is asked to.</summary>
    public bool IsInlineData { get; init; }

    /// <summary>The field with inline data that this value stands for where the data is left out; such a value is written by this program, never given by users.</summary>
    public string StandsFor { get; init; } = "";

    /// <summary>What must be there for the setting to be read.</summary>
    public Need Needs { get; init; }

    /// <summary>Values above this are unusual.</summary>
    public double UnusualAbove { get; init; } = double.NaN;

    /// <summary>What is usual instead, as a clause.</summary>
    public string Usual { get; init; } = "";

    /// <summary>Names in other trainers, separated by blanks.</summary>
    public string Aliases { get; init; } = "";

    /// <summary>Whether the value of a path is the name of something that the server keeps, which is not resolved as a path.</summary>
    public bool IsName(string value) => IsData ? StoredName.TryParse(value, StoredName.Datasets, out _) : ModelReference.IsName(value);
}

/// <summary>A group of settings: a record that is bound to a message of its own, or to that of the enclosing record.</summary>
/// <param name="path">The message, relative to that of the enclosing record; <c>.</c> is the same message. As for <see cref="SettingAttribute"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingsAttribute(string path) : Attribute
{
    public string Path { get; } = path;

    /// <inheritdoc cref="SettingAttribute.Needs"/>
    public Need Needs { get; init; }

    /// <summary>False: some kinds of jobs that share the record have no such message.</summary>
    public bool InEveryKind { get; init; } = true;

    /// <summary>Names in other trainers, separated by blanks.</summary>
    public string Aliases { get; init; } = "";
}

/// <summary>An abstract record; each of its kinds has a field of a oneof and its own message.</summary>
/// <param name="oneof">The oneof.</param>
/// <param name="registry">An <see cref="IWireKinds"/>.</param>
/// <param name="noun">What the kinds are, for messages.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WireUnionAttribute(string oneof, Type registry, string noun) : Attribute
{
    public string Oneof { get; } = oneof;

    public string Noun { get; } = noun;

    public IReadOnlyDictionary<string, Type> Kinds { get; } = ((IWireKinds)Activator.CreateInstance(registry)!).Kinds;
}

/// <summary>The kinds of a union: the field of each, and its record.</summary>
public interface IWireKinds
{
    IReadOnlyDictionary<string, Type> Kinds { get; }
}

/// <summary>A record that holds data, not settings: it has its own conversion to the wire.</summary>
/// <param name="converter">An <see cref="IWireConverter"/>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WireDataAttribute(Type converter) : Attribute
{
    public IWireConverter Converter { get; } = (IWireConverter)Activator.CreateInstance(converter)!;
}

/// <summary>Converts rows of data from and to the wire.</summary>
public interface IWireConverter
{
    /// <param name="message">A row.</param>
    /// <param name="index">Its index in the list.</param>
    object Read(IMessage message, int index);

    IMessage Write(object row);
}
