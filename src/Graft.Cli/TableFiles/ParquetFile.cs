using Parquet;
using Parquet.Schema;

namespace Graft.Cli.TableFiles;

/// <summary>A table in the Parquet format: columns have types, and only those that are wanted are read.</summary>
internal sealed class ParquetFile : ITableFile
{
    private readonly string path;
    private readonly DataField[] fields;

    /// <summary>Opens a file and reads its schema.</summary>
    /// <exception cref="GraftException">It is broken.</exception>
    public ParquetFile(string path)
    {
        this.path = path;
        fields = Guarded(async () =>
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(path).ConfigureAwait(false);
            return reader.Schema.DataFields;
        });
        Columns = [.. fields.Select(field => new ColumnInfo(field.Path.ToString(), Kind(field)))];
    }

    public IReadOnlyList<ColumnInfo> Columns { get; }

    public IReadOnlyList<string> Notes => [];

    /// <summary>Whether a file begins as this format does.</summary>
    public static bool Is(string path)
    {
        Span<byte> start = stackalloc byte[4];
        using FileStream file = File.OpenRead(path);
        return file.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual("PAR1"u8);
    }

    public void Read(IReadOnlyList<int> numbers, IReadOnlyList<NumberColumn> into, int time, TimeColumn? times, CancellationToken cancellation) => Guarded(async () =>
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path, cancellationToken: cancellation).ConfigureAwait(false);
        int first = 1;
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            for (int j = 0; j < numbers.Count; j++) await Numbers(group, fields[numbers[j]], into[j], first, cancellation).ConfigureAwait(false);
            if (time >= 0) await Times(group, fields[time], times!, first, cancellation).ConfigureAwait(false);
            first += (int)group.RowCount;
        }

        return 0;
    });

    private static ColumnKind Kind(DataField field)
    {
        if (field.IsArray) return ColumnKind.Text;
        Type type = field.ClrType;
        if (type == typeof(DateTime) || type == typeof(DateOnly)) return ColumnKind.Time;
        if (IsText(type)) return CsvFile.IsTimeName(field.Name) ? ColumnKind.Time : ColumnKind.Text;
        if (type == typeof(long) && CsvFile.IsTimeName(field.Name)) return ColumnKind.Time;
        return IsNumber(type) ? ColumnKind.Number : ColumnKind.Text;
    }

    private static bool IsText(Type type) => type == typeof(string) || type == typeof(ReadOnlyMemory<char>);

    private static bool IsNumber(Type type) =>
        type == typeof(double) || type == typeof(float) || type == typeof(decimal) || type == typeof(bool) || type == typeof(long) || type == typeof(int)
        || type == typeof(short) || type == typeof(sbyte) || type == typeof(ulong) || type == typeof(uint) || type == typeof(ushort) || type == typeof(byte);

    private Task Numbers(ParquetRowGroupReader group, DataField field, NumberColumn into, int first, CancellationToken cancellation)
    {
        Type type = field.ClrType;
        Task Of<T>(Func<T, double> number)
            where T : struct => Cells<T>(group, field, (value, _) => into.Add(value is { } known ? number(known) : double.NaN), first, cancellation);
        if (!field.IsArray)
        {
            if (type == typeof(double)) return Of<double>(x => x);
            if (type == typeof(float)) return Of<float>(x => x);
            if (type == typeof(decimal)) return Of<decimal>(x => (double)x);
            if (type == typeof(bool)) return Of<bool>(x => x ? 1 : 0);
            if (type == typeof(long)) return Of<long>(x => x);
            if (type == typeof(int)) return Of<int>(x => x);
            if (type == typeof(short)) return Of<short>(x => x);
            if (type == typeof(sbyte)) return Of<sbyte>(x => x);
            if (type == typeof(ulong)) return Of<ulong>(x => x);
            if (type == typeof(uint)) return Of<uint>(x => x);
            if (type == typeof(ushort)) return Of<ushort>(x => x);
            if (type == typeof(byte)) return Of<byte>(x => x);
            if (IsText(type)) return Texts(group, field, (text, row) => into.Add(text, row), first, cancellation);
        }

        throw new GraftException($"'{Path.GetFileName(path)}', column '{field.Path}' holds no numbers ({type.Name}). Name a column of numbers.");
    }

    private Task Times(ParquetRowGroupReader group, DataField field, TimeColumn into, int first, CancellationToken cancellation)
    {
        Type type = field.ClrType;
        GraftException Missing(int row) => new($"'{Path.GetFileName(path)}', row {row}: there is no time in column '{field.Path}'. Fill it, or leave the row out.");
        if (type == typeof(DateTime))
        {
            bool isUtc = field is DateTimeDataField { IsAdjustedToUTC: true };
            return Cells<DateTime>(group, field, (value, row) => into.Add(value ?? throw Missing(row), isUtc ? TimeSpan.Zero : null, row), first, cancellation);
        }

        if (type == typeof(DateOnly))
            return Cells<DateOnly>(group, field, (value, row) => into.Add((value ?? throw Missing(row)).ToDateTime(default), null, row), first, cancellation);
        if (type == typeof(long))
            return Cells<long>(group, field, (value, row) => into.AddUnix(value ?? throw Missing(row), row), first, cancellation);
        if (type == typeof(int))
            return Cells<int>(group, field, (value, row) => into.AddUnix(value ?? throw Missing(row), row), first, cancellation);
        if (type == typeof(double))
            return Cells<double>(group, field, (value, row) => into.AddUnix(value ?? throw Missing(row), row), first, cancellation);
        if (IsText(type)) return Texts(group, field, (text, row) => into.Add(text, row), first, cancellation);
        throw new GraftException($"'{Path.GetFileName(path)}', column '{field.Path}' holds no times ({type.Name}). Name a column of times; --time none takes rows as they come.");
    }

    private static async Task Cells<T>(ParquetRowGroupReader group, DataField field, Action<T?, int> take, int first, CancellationToken cancellation)
        where T : struct
    {
        if (field.IsNullable)
        {
            var cells = new T?[group.RowCount];
            await group.ReadAsync(field, cells.AsMemory(), null, cancellation).ConfigureAwait(false);
            for (int i = 0; i < cells.Length; i++) take(cells[i], first + i);
        }
        else
        {
            var cells = new T[group.RowCount];
            await group.ReadAsync(field, cells.AsMemory(), null, cancellation).ConfigureAwait(false);
            for (int i = 0; i < cells.Length; i++) take(cells[i], first + i);
        }
    }

    private static async Task Texts(ParquetRowGroupReader group, DataField field, Action<string?, int> take, int first, CancellationToken cancellation)
    {
        var cells = new string?[group.RowCount];
        await group.ReadAsync(field, cells.AsMemory(), null, cancellation).ConfigureAwait(false);
        for (int i = 0; i < cells.Length; i++) take(cells[i], first + i);
    }

    // The package's own errors are many, and none is for users.
    private T Guarded<T>(Func<Task<T>> work)
    {
        try
        {
            return work().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (GraftException or OperationCanceledException or OutOfMemoryException))
        {
            throw new GraftException($"'{Path.GetFileName(path)}' begins as a Parquet file, but can't be read: {e.Message.TrimEnd('.')}. Write it anew.", e);
        }
    }
}
