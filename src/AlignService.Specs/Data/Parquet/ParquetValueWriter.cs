using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Unicode;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data.Parquet;

/// <summary>Writes single values as JSON: numbers, booleans and texts; dates, times and identifiers as text.</summary>
internal static class ParquetValueWriter
{
    private const int HalfSize = 2, UuidSize = 16, Int96Size = 12;
    private const long UnixEpochJulianDay = 2_440_588;

    /// <summary>Writes the value at a column's cursor; returns what is wrong with it, after writing null, where it has no JSON.</summary>
    public static string? Write(Utf8JsonWriter json, ColumnValues column)
    {
        ParquetColumn type = column.Node.Column!; // it is a column
        try
        {
            if (column.Bytes.Length > 0)
            {
                return WriteBytes(json, column.Bytes[column.Value].Span, column.Node);
            }

            WriteNumber(json, column.Numbers[column.Value], type);
            return null;
        }
        catch (ArgumentOutOfRangeException)
        {
            json.WriteNullValue();
            return $"the column \"{column.Node.Path}\" holds a {type.Meaning.Kind} outside the years 1 to 9999";
        }
    }

    /// <summary>A key of a map.</summary>
    public static string Key(ColumnValues column) => column.Bytes.Length > 0
        ? RowText.Decode(column.Bytes[column.Value].Span)
        : column.Numbers[column.Value].ToString(CultureInfo.InvariantCulture);

    private static void WriteNumber(Utf8JsonWriter json, long bits, ParquetColumn column)
    {
        switch (column.Type, column.Meaning.Kind)
        {
            case (PhysicalType.Boolean, _):
                json.WriteBooleanValue(bits != 0);
                break;
            case (PhysicalType.Float, _):
                WriteFloat(json, BitConverter.Int32BitsToSingle((int)bits));
                break;
            case (PhysicalType.Double, _):
                WriteFloat(json, BitConverter.Int64BitsToDouble(bits));
                break;
            case (_, ValueKind.Unsigned):
                json.WriteNumberValue(column.Type == PhysicalType.Int32 ? (uint)bits : (ulong)bits);
                break;
            case (_, ValueKind.Decimal):
                WriteDecimal(json, bits, column.Meaning.Scale);
                break;
            case (_, ValueKind.Date):
                json.WriteStringValue(DateTime.UnixEpoch.AddDays(bits));
                break;
            case (_, ValueKind.Time):
                json.WriteStringValue(new TimeSpan(Ticks(bits, column.Meaning.PerSecond)).ToString("c", CultureInfo.InvariantCulture));
                break;
            case (_, ValueKind.Timestamp):
                DateTime time = DateTime.UnixEpoch.AddTicks(Ticks(bits, column.Meaning.PerSecond));
                json.WriteStringValue(column.Meaning.IsUtc ? time : DateTime.SpecifyKind(time, DateTimeKind.Unspecified));
                break;
            default:
                json.WriteNumberValue(bits);
                break;
        }
    }

    private static string? WriteBytes(Utf8JsonWriter json, ReadOnlySpan<byte> bytes, ParquetNode node)
    {
        ParquetColumn column = node.Column!; // it is a column
        switch (column.Meaning.Kind)
        {
            case ValueKind.Decimal:
                WriteDecimal(json, new BigInteger(bytes, isBigEndian: true), column.Meaning.Scale);
                return null;
            case ValueKind.Uuid when bytes.Length == UuidSize:
                json.WriteStringValue(new Guid(bytes, bigEndian: true));
                return null;
            case ValueKind.Half when bytes.Length == HalfSize:
                WriteFloat(json, (float)BinaryPrimitives.ReadHalfLittleEndian(bytes));
                return null;
            case ValueKind.Interval:
                json.WriteNullValue();
                return $"the column \"{node.Path}\" holds intervals, which are not read; remove it, or write it as text";
            case var _ when column.Type == PhysicalType.Int96 && bytes.Length == Int96Size:
                long days = BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(long)..]) - UnixEpochJulianDay;
                json.WriteStringValue(DateTime.UnixEpoch.AddDays(days).AddTicks(BinaryPrimitives.ReadInt64LittleEndian(bytes) / TimeSpan.NanosecondsPerTick));
                return null;
            case var _ when !Utf8.IsValid(bytes):
                json.WriteNullValue();
                return $"the column \"{node.Path}\" holds {bytes.Length} bytes that are not UTF-8 text; remove that column, or write it as text";
            default:
                json.WriteStringValue(RowText.Decode(bytes));
                return null;
        }
    }

    /// <summary>JSON has no numbers for what is not finite.</summary>
    private static void WriteFloat(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>In its own precision: 0.1 and not 0.10000000149.</summary>
    private static void WriteFloat(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>All of its digits, however many.</summary>
    private static void WriteDecimal(Utf8JsonWriter json, BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        string number = scale == 0 ? digits : $"{digits[..^scale]}.{digits[^scale..]}";
        json.WriteRawValue(unscaled.Sign < 0 ? $"-{number}" : number, skipInputValidation: true);
    }

    private static long Ticks(long units, long perSecond) => perSecond > TimeSpan.TicksPerSecond
        ? units / (perSecond / TimeSpan.TicksPerSecond)
        : Math.BigMul(units, TimeSpan.TicksPerSecond / perSecond, out long ticks) is 0 or -1 ? ticks : throw new ArgumentOutOfRangeException(nameof(units));
}
