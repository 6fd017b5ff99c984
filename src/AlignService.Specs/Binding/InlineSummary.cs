using System.Collections;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace AlignService.Specs.Binding;

/// <summary>What is written in place of inline data that is left out.</summary>
/// <param name="Count">How many rows were given inline; 0 where the rows themselves are there, or there are none.</param>
/// <param name="Sha256">SHA-256, in hexadecimal, of the rows, each as a length-delimited message.</param>
internal readonly record struct InlineSummary(int Count, string Sha256)
{
    public static InlineSummary Of(IList rows, IWireConverter converter)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var row = new MemoryStream();
        foreach (object item in rows)
        {
            row.SetLength(0);
            converter.Write(item).WriteDelimitedTo(row);
            hash.AppendData(row.GetBuffer().AsSpan(0, (int)row.Length));
        }

        return new InlineSummary(rows.Count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Sets the two fields that stand for the list.</summary>
    public void WriteTo(IMessage owner, FieldDescriptor list)
    {
        owner.Descriptor.FindFieldByName($"{list.Name}_count").Accessor.SetValue(owner, Count);
        owner.Descriptor.FindFieldByName($"{list.Name}_sha256").Accessor.SetValue(owner, Sha256);
    }
}
