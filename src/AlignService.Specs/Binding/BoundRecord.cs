using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace AlignService.Specs.Binding;

/// <summary>A property of a record that is bound to the wire: a setting, or a group of them.</summary>
/// <param name="Property">The record's property.</param>
/// <param name="Setting">Null for a group.</param>
/// <param name="Group">Null for a setting.</param>
internal sealed record BoundProperty(PropertyInfo Property, SettingAttribute? Setting, SettingsAttribute? Group)
{
    public string Path { get; } = Setting is null ? Group!.Path : Setting.Path ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(Property.Name);

    public Need Needs => Setting?.Needs ?? Group!.Needs;

    /// <summary>The property's type: of a list, that of its items; of a nullable, the underlying type.</summary>
    public Type Type { get; } = ItemOf(Property.PropertyType) ?? Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    public bool IsList { get; } = ItemOf(Property.PropertyType) is not null;

    /// <summary>What converts a message of data as a whole; null: its fields are settings.</summary>
    public IWireConverter? Converter { get; } = (ItemOf(Property.PropertyType) ?? Property.PropertyType).GetCustomAttribute<WireDataAttribute>()?.Converter;

    /// <summary>Whether the value may be absent.</summary>
    public bool IsOptional { get; } = new NullabilityInfoContext().Create(Property).WriteState == NullabilityState.Nullable;

    /// <summary>Whether a message has the field that the property is bound to: some kinds of jobs lack some groups.</summary>
    public bool IsIn(MessageScope scope) => Group is not { InEveryKind: false } || scope.Has(Path);

    private static Type? ItemOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
}

/// <summary>The bound properties of a record, and new instances of it.</summary>
internal static class BoundRecord
{
    private static readonly ConcurrentDictionary<Type, BoundProperty[]> Known = [];
    private static readonly ConcurrentDictionary<Type, (object Defaults, MethodInvoker Clone)> Prototypes = [];
    private static readonly ConcurrentDictionary<Type, WireUnionAttribute?> Unions = [];

    /// <summary>In order of declaration, those of base records first.</summary>
    public static IReadOnlyList<BoundProperty> PropertiesOf(Type record) => Known.GetOrAdd(record, static type =>
    [
        .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Select(property => new { Property = property, Setting = property.GetCustomAttribute<SettingAttribute>(), Group = property.GetCustomAttribute<SettingsAttribute>() })
            .Where(one => one.Setting is not null || one.Group is not null)
            .OrderBy(one => one.Property.DeclaringType == type)
            .Select(one => new BoundProperty(one.Property, one.Setting, one.Group)),
    ]);

    /// <summary>A record with every default; required properties are empty.</summary>
    public static object New(Type record)
    {
        (object defaults, MethodInvoker clone) = PrototypeOf(record);
        return clone.Invoke(defaults)!;
    }

    /// <summary>A copy with other values; the original is not changed.</summary>
    public static object With(object record, IEnumerable<(BoundProperty Property, object? Value)> values)
    {
        object copy = PrototypeOf(record.GetType()).Clone.Invoke(record)!;
        foreach ((BoundProperty property, object? value) in values)
        {
            property.Property.SetValue(copy, value);
        }

        return copy;
    }

    /// <summary>A list of the property's own type.</summary>
    public static IList NewList(Type item) => (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;

    /// <summary>The union that a type is or belongs to.</summary>
    public static WireUnionAttribute? UnionOf(Type type) => Unions.GetOrAdd(type, static type => type.GetCustomAttribute<WireUnionAttribute>(inherit: true));

    /// <summary>Made once: what reflection tells of a type costs more than the rest of reading a spec.</summary>
    private static (object Defaults, MethodInvoker Clone) PrototypeOf(Type record) => Prototypes.GetOrAdd(record, static type =>
    {
        object made = Activator.CreateInstance(type)!;
        foreach (BoundProperty property in PropertiesOf(type).Where(property => property.Property.GetValue(made) is null && !property.IsOptional))
        {
            property.Property.SetValue(made, property.Property.PropertyType == typeof(string) ? "" : property.IsList ? NewList(property.Type) : property.Type.IsAbstract ? null : New(property.Type));
        }

        return (made, MethodInvoker.Create(type.GetMethod("<Clone>$")!));
    });
}
