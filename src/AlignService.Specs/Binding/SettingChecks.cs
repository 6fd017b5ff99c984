using System.Collections;
using System.Globalization;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Binding;

/// <summary>Checks values against the declarations of settings: bounds, unusual values, and settings that nothing reads.</summary>
/// <param name="violations">Collects what is wrong.</param>
/// <param name="whyUnread">Why nothing reads a setting with a need, as a clause; null where something does.</param>
internal sealed class SettingChecks(ViolationList violations, Func<Need, string?> whyUnread)
{
    /// <param name="record">The record whose settings are checked, including nested groups and lists.</param>
    /// <param name="usual">The same record with nothing given: only what differs from it can be without effect.</param>
    /// <param name="scope">The record's message; only its type and path matter.</param>
    public void Check(object record, object usual, MessageScope scope)
    {
        foreach (BoundProperty property in BoundRecord.PropertiesOf(record.GetType()).Where(property => property.IsIn(scope)))
        {
            if (property.Property.GetValue(record) is not { } value)
            {
                continue;
            }

            object? usualValue = property.Property.GetValue(usual);
            if (property.Setting is { } setting)
            {
                (MessageScope owner, var field) = scope.ResolveField(property.Path);
                CheckSetting(setting, value, usualValue, $"{owner.Path}.{field.Name}");
                if (property.IsList && (BoundRecord.UnionOf(property.Type) is not null || BoundRecord.PropertiesOf(property.Type).Count > 0))
                {
                    CheckItems((IList)value, owner, field, BoundRecord.UnionOf(property.Type));
                }
            }
            else
            {
                MessageScope inner = scope.Resolve(property.Path);
                WarnIfUnread(property.Needs, value, usualValue ?? BoundRecord.New(value.GetType()), inner.Path);
                inner = BoundRecord.UnionOf(property.Type) is { } union ? inner.Child(KindOf(value, union)) : inner;
                Check(value, usualValue is null || usualValue.GetType() != value.GetType() ? BoundRecord.New(value.GetType()) : usualValue, inner);
            }
        }
    }

    private void CheckItems(IList items, MessageScope owner, Google.Protobuf.Reflection.FieldDescriptor field, WireUnionAttribute? union)
    {
        for (int i = 0; i < items.Count; i++)
        {
            object item = items[i]!;
            int place = item is IPlaced placed ? placed.Place : i;
            MessageScope scope = owner.Item(field, null, place);
            Check(item, BoundRecord.New(item.GetType()), union is null ? scope : scope.Child(KindOf(item, union)));
        }
    }

    private void CheckSetting(SettingAttribute setting, object value, object? usual, string path)
    {
        if (value is int or double)
        {
            double number = Convert.ToDouble(value, null);
            if (Bounds.Of(setting).FindFault(number) is { } fault)
            {
                violations.Add(path, fault, ViolationCode.OutOfRange);
            }
            else if (number > setting.UnusualAbove)
            {
                violations.Warn(path, $"{number.ToString(CultureInfo.InvariantCulture)} is unusual; {setting.Usual}.");
            }
        }

        WarnIfUnread(setting.Needs, value, usual, path);
    }

    private void WarnIfUnread(Need need, object value, object? usual, string path)
    {
        bool isUsual = value is IList list && usual is IList usualList ? list.Cast<object>().SequenceEqual(usualList.Cast<object>()) : Equals(value, usual);
        if (need != Need.Nothing && !isUsual && whyUnread(need) is { } reason)
        {
            violations.Warn(path, $"it has no effect: {reason}.", ViolationCode.NoEffect);
        }
    }

    private static string KindOf(object value, WireUnionAttribute union) => union.Kinds.Single(kind => kind.Value == value.GetType()).Key;
}

/// <summary>The index of a list item in the request, because items before it may have been unreadable.</summary>
public interface IPlaced
{
    int Place { get; init; }
}
