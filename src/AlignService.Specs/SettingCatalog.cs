using AlignService.Specs.Binding;
using AlignService.Specs.JobKinds;
using Google.Protobuf.Reflection;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs;

/// <summary>A setting from its declaration, for everything that describes settings: the JSON schema, docs, hints.</summary>
/// <param name="Path">From JobSpec, list items as <c>[]</c>: <c>grpo.algorithm.steps</c>.</param>
/// <param name="Field">The wire's.</param>
/// <param name="Declaration">On the record's property.</param>
/// <param name="Default">The wire's value if left out; null: it depends on other settings, or there is none.</param>
public sealed record DeclaredSetting(string Path, FieldDescriptor Field, SettingAttribute Declaration, object? Default)
{
    /// <summary>Where a number without bounds of its own ends, on both sides of 0.</summary>
    public const double Largest = Bounds.Largest;

    /// <summary>In mathematical notation; empty: any finite number, or no number at all.</summary>
    public string Interval => Bounds.Of(Declaration) is { HasLow: false, HasHigh: false } ? "" : Bounds.Of(Declaration).Interval;
}

/// <summary>Every setting of every kind of job, from the records and their declarations.</summary>
public static class SettingCatalog
{
    /// <summary>In the order of their declaration.</summary>
    public static IReadOnlyList<DeclaredSetting> All { get; } = Walk();

    private static readonly ILookup<string, DeclaredSetting> ByField = All.ToLookup(setting => setting.Field.FullName);

    private static readonly ILookup<string, string> GroupAliases = Groups();

    /// <summary>The settings of a wire field: one for each kind of job that has it.</summary>
    public static IReadOnlyList<DeclaredSetting> Find(FieldDescriptor field) => [.. ByField[field.FullName]];

    /// <summary>Whether a field names a file or directory.</summary>
    public static bool IsPath(FieldDescriptor field) => ByField[field.FullName].Any(setting => setting.Declaration.IsPath);

    /// <summary>Whether a value of such a field is the name of something that the server keeps, and no path.</summary>
    public static bool IsName(FieldDescriptor field, string value) => ByField[field.FullName].Any(setting => setting.Declaration is { IsPath: true } path && path.IsName(value));

    /// <summary>Whether this program writes a field, and users never do.</summary>
    public static bool IsWritten(FieldDescriptor field) => ByField[field.FullName].Any(setting => setting.Declaration.StandsFor.Length > 0);

    /// <summary>The names of a field, or of a block of that name, in other trainers.</summary>
    public static IEnumerable<string> AliasesOf(FieldDescriptor field) => [.. ByField[field.FullName].SelectMany(setting => Split(setting.Declaration.Aliases)), .. GroupAliases[field.FullName]];

    private static List<DeclaredSetting> Walk()
    {
        List<DeclaredSetting> found = [];
        Walk(BoundRecord.New(typeof(JobSpec)), MessageScope.Root(Wire.JobSpec.Descriptor, ""), (path, field, property, value) =>
        {
            if (property.Setting is { } declaration)
            {
                found.Add(new(path.TrimStart('.'), field!, declaration, value is null && declaration.ZeroIsOff ? 0 : value));
            }
        });
        return found;
    }

    private static ILookup<string, string> Groups()
    {
        List<(string Field, string Alias)> found = [.. JobKindRegistry.Aliases.Select(alias => (Wire.JobSpec.Descriptor.FindFieldByName(alias.Value).FullName, alias.Key))];
        Walk(BoundRecord.New(typeof(JobSpec)), MessageScope.Root(Wire.JobSpec.Descriptor, ""), (_, field, property, _) =>
        {
            if (property.Group is { } group && field is not null)
            {
                found.AddRange(Split(group.Aliases).Select(alias => (field.FullName, alias)));
            }
        });
        return found.Distinct().ToLookup(pair => pair.Field, pair => pair.Alias);
    }

    private static void Walk(object record, MessageScope scope, Action<string, FieldDescriptor?, BoundProperty, object?> visit)
    {
        foreach (BoundProperty property in BoundRecord.PropertiesOf(record.GetType()).Where(property => property.IsIn(scope)))
        {
            object? value = property.Property.GetValue(record);
            if (property.Setting is not null)
            {
                (MessageScope owner, FieldDescriptor field) = scope.ResolveField(property.Path);
                visit($"{owner.Path}.{field.Name}", field, property, value);
                if (property.IsList && BoundRecord.UnionOf(property.Type) is { } items)
                {
                    WalkKinds(items, owner.Item(field, null, 0), visit);
                }
                else if (property.IsList && BoundRecord.PropertiesOf(property.Type).Count > 0)
                {
                    Walk(BoundRecord.New(property.Type), owner.Item(field, null, 0), visit);
                }
            }
            else if (BoundRecord.UnionOf(property.Type) is { } union)
            {
                WalkKinds(union, scope.Resolve(property.Path), visit);
            }
            else
            {
                visit("", property.Path == "." ? null : scope.ResolveField(property.Path).Field, property, null);
                Walk(value ?? BoundRecord.New(property.Type), scope.Resolve(property.Path), visit);
            }
        }
    }

    private static void WalkKinds(WireUnionAttribute union, MessageScope scope, Action<string, FieldDescriptor?, BoundProperty, object?> visit)
    {
        foreach ((string name, Type kind) in union.Kinds)
        {
            object record = BoundRecord.New(kind);
            Walk(record is JobKind job ? job.Settle(_ => false) : record, scope.Child(name), visit);
        }
    }

    private static string[] Split(string aliases) => aliases.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
