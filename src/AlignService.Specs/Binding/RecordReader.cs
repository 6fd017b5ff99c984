using System.Collections;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace AlignService.Specs.Binding;

/// <summary>Reads records from the wire: given values override the defaults.</summary>
internal static class RecordReader
{
    /// <param name="defaults">Values of fields that are not given.</param>
    /// <param name="scope">The record's message.</param>
    /// <param name="reading">Collects what cannot be read.</param>
    public static object Read(object defaults, MessageScope scope, Reading reading)
    {
        List<(BoundProperty, object?)> given = [];
        foreach (BoundProperty property in BoundRecord.PropertiesOf(defaults.GetType()).Where(property => property.IsIn(scope)))
        {
            if (property.Setting is null)
            {
                given.Add((property, ReadGroup(property, property.Property.GetValue(defaults), scope, reading)));
            }
            else if (ReadSetting(property, scope, reading) is { } value)
            {
                given.Add((property, value.IsOff ? null : value.Value));
            }
        }

        return BoundRecord.With(defaults, given);
    }

    private static object? ReadGroup(BoundProperty group, object? current, MessageScope scope, Reading reading)
    {
        MessageScope inner = scope.Resolve(group.Path);
        if (inner.Message is null && inner != scope && group.IsOptional)
        {
            return current;
        }

        if (BoundRecord.UnionOf(group.Type) is { } union)
        {
            return ReadUnion(union, inner, reading);
        }

        return Read(current ?? BoundRecord.New(group.Type), inner, reading);
    }

    /// <summary>Null, after noting it, where no kind is set.</summary>
    private static object? ReadUnion(WireUnionAttribute union, MessageScope scope, Reading reading)
    {
        FieldDescriptor? kind = scope.Message is null ? null : scope.Type.Oneofs.Single(oneof => oneof.Name == union.Oneof).Accessor.GetCaseFieldDescriptor(scope.Message);
        if (kind is null)
        {
            reading.Violations.Add($"{scope.Path}.{union.Oneof}", $"no {union.Noun} kind is set; set one of {string.Join(", ", union.Kinds.Keys)}.", ViolationCode.Missing);
            return null;
        }

        MessageScope inner = scope.Child(kind.Name);
        object defaults = BoundRecord.New(union.Kinds[kind.Name]);
        if (defaults is not IHasProfile)
        {
            return Read(defaults, inner, reading);
        }

        // The profile is one of the settings, and all others start from it.
        object named = Read(defaults, inner, reading with { Violations = new ViolationList() });
        return Read(((IHasProfile)named).WithProfile(), inner, reading);
    }

    private static Given? ReadSetting(BoundProperty property, MessageScope scope, Reading reading)
    {
        (MessageScope owner, FieldDescriptor field) = scope.ResolveField(property.Path);
        if (owner.Message is null || !ValueConversion.IsGiven(field, owner.Message))
        {
            return null;
        }

        if (property.Setting!.StandsFor is { Length: > 0 } rows && ValueConversion.IsGiven(owner.Type.FindFieldByName(rows), owner.Message))
        {
            return null; // the rows themselves are there
        }

        object raw = field.Accessor.GetValue(owner.Message);
        string path = $"{owner.Path}.{field.Name}";
        if (field.IsMap)
        {
            return new Given(new Dictionary<string, string>((IDictionary<string, string>)raw));
        }

        if (property.IsList)
        {
            return new Given(ReadList(property, (IList)raw, owner, field, reading));
        }

        if (property.Setting!.ZeroIsOff && raw is IConvertible and not string and not bool && Convert.ToDouble(raw, null) == 0)
        {
            return Given.Off;
        }

        return ValueConversion.Read(raw, property, field, path, reading) is { } value ? new Given(value) : null;
    }

    private static IList ReadList(BoundProperty property, IList items, MessageScope owner, FieldDescriptor field, Reading reading)
    {
        IList list = BoundRecord.NewList(property.Type);
        for (int i = 0; i < items.Count; i++)
        {
            object? value = items[i] switch
            {
                IMessage row when property.Converter is { } converter => converter.Read(row, i),
                IMessage row when BoundRecord.UnionOf(property.Type) is { } union => Placed(ReadUnion(union, owner.Item(field, row, i), reading), i),
                IMessage row => Read(BoundRecord.New(property.Type), owner.Item(field, row, i), reading),
                var scalar => ValueConversion.Read(scalar!, property, field, $"{owner.Path}.{field.Name}[{i}]", reading),
            };
            if (value is not null)
            {
                list.Add(value);
            }
        }

        return list;
    }

    private static object? Placed(object? item, int place)
    {
        if (item is IPlaced)
        {
            item.GetType().GetProperty(nameof(IPlaced.Place))!.SetValue(item, place);
        }

        return item;
    }

    /// <summary>A field's value, or that it is off.</summary>
    private sealed record Given(object? Value, bool IsOff = false)
    {
        public static Given Off { get; } = new((object?)null, IsOff: true);
    }
}

/// <summary>A record whose defaults depend on a profile that is one of its own settings.</summary>
public interface IHasProfile
{
    /// <summary>The defaults of the profile that this record names.</summary>
    object WithProfile();
}
