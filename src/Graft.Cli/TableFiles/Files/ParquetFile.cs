using System.Globalization;
using Graft.Cli.TableFiles.Numbers;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;
using Parquet;
using Parquet.Schema;

namespace Graft.Cli.TableFiles.Files;

/// <summary>A table in the Parquet format: columns have types, and only those that are wanted are read whole.</summary>
internal sealed class ParquetFile : ITableFile
{
    private static readonly HashSet<Type> NumberTypes =
    [
        typeof(double), typeof(float), typeof(decimal), typeof(long), typeof(int), typeof(short), typeof(sbyte), typeof(ulong), typeof(uint), typeof(ushort), typeof(byte),
    ];

    private readonly string path;
    private readonly ParquetGuard guard;
    private readonly DataField[] fields;

    /// <summary>Opens a file, reads its schema and looks at the first rows of what is not told by types.</summary>
    /// <exception cref="GraftException">It is broken.</exception>
    public ParquetFile(string path)
    {
        (this.path, guard) = (path, new(path));
        (fields, Columns) = Guarded(async () =>
        {
            guard.CheckFooter();
            await using ParquetReader reader = await ParquetReader.CreateAsync(path).ConfigureAwait(false);
            guard.CheckRows(reader);
            DataField[] all = reader.Schema.DataFields;
            return (all, await Judge(reader, all).ConfigureAwait(false));
        });
    }

    public IReadOnlyList<ColumnInfo> Columns { get; }

    public IReadOnlyList<string> Notes => [];

    public DecimalMarks? Marks => null;

    /// <summary>Whether a file begins as this format does.</summary>
    public static bool Is(string path)
    {
        Span<byte> start = stackalloc byte[4];
        using FileStream file = File.OpenRead(path);
        return file.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual("PAR1"u8);
    }

    public void Read(IReadOnlyList<int> numbers, IReadOnlyList<NumberColumn> into, TimeChoice time, TimeColumn? times, CancellationToken cancellation) => Guarded(async () =>
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path, cancellationToken: cancellation).ConfigureAwait(false);
        int first = 1;
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            for (int j = 0; j < numbers.Count; j++) await Numbers(new(group, fields[numbers[j]], first, cancellation), into[j]).ConfigureAwait(false);
            Source[] clocks = [.. time.Places.Select(place => new Source(group, fields[place], first, cancellation))];
            if (clocks.Length == 1) await Times(clocks[0], times!).ConfigureAwait(false);
            else if (clocks.Length > 1) await Times(clocks, time.Parts, times!).ConfigureAwait(false);
            first += (int)group.RowCount;
        }

        return 0;
    });

    private static bool IsText(Type type) => type == typeof(string) || type == typeof(ReadOnlyMemory<char>);

    private static bool IsWhole(Type type) => NumberTypes.Contains(type) && type != typeof(double) && type != typeof(float) && type != typeof(decimal);

    private static bool IsList(DataField field) => field.IsArray || field.MaxRepetitionLevel > 0;

    private static bool IsTime(DataField field) => !IsList(field) && (field.ClrType == typeof(DateTime) || field.ClrType == typeof(DateOnly));

    // Types tell what most columns hold; texts, times, and whole numbers where nothing else is a time, are looked at.
    private async Task<ColumnInfo[]> Judge(ParquetReader reader, DataField[] all)
    {
        ColumnInfo[] columns = new ColumnInfo[all.Length];
        bool isEmpty = reader.RowGroupCount == 0, hasTimes = false;
        foreach (int i in Enumerable.Range(0, all.Length).OrderByDescending(i => IsTime(all[i])))
        {
            string name = all[i].Path.ToString();
            Type type = all[i].ClrType;
            bool isNumber = NumberTypes.Contains(type);
            columns[i] = IsList(all[i]) ? new(name, ColumnKind.Text)
                : type == typeof(bool) ? new(name, ColumnKind.Flag)
                : !isEmpty && (IsText(type) || IsTime(all[i]) || (IsWhole(type) && !hasTimes)) ? await Look(reader, all[i]).ConfigureAwait(false)
                : new(name, IsTime(all[i]) ? ColumnKind.Time : isNumber ? ColumnKind.Number : ColumnKind.Text);
            hasTimes |= IsTime(all[i]) && columns[i].Doubt is null;
        }

        return columns;
    }

    private async Task<ColumnInfo> Look(ParquetReader reader, DataField field)
    {
        string name = field.Path.ToString();
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        try
        {
            Source source = new(group, field, 1, default);
            List<string?> texts = [];
            void Take(string? text, int row) => texts.AddRange(row <= ColumnJudge.Rows ? [text] : []);
            Type type = field.ClrType;
            if (type == typeof(DateTime)) await Cells<DateTime>(source, (time, row) => Take(time?.ToString("O", CultureInfo.InvariantCulture), row)).ConfigureAwait(false);
            else if (type == typeof(DateOnly)) await Cells<DateOnly>(source, (time, row) => Take(time?.ToString("O", CultureInfo.InvariantCulture), row)).ConfigureAwait(false);
            else if (IsText(type)) await Texts(source, Take).ConfigureAwait(false);
            else await Wholes(source, (number, row) => Take(number?.ToString(CultureInfo.InvariantCulture), row)).ConfigureAwait(false);
            return IsTime(field) ? ColumnJudge.Times(name, texts) : ColumnJudge.Texts(name, texts);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            // Whoever wants this column is told why it can't be read; the others may do without it.
            return new(name, IsTime(field) ? ColumnKind.Time : ColumnKind.Text);
        }
    }

    private Task Numbers(Source source, NumberColumn into)
    {
        Type type = source.Field.ClrType;
        Task Of<T>(Func<T, double> number)
            where T : struct => Cells<T>(source, (value, _) => into.Add(value is { } known ? number(known) : double.NaN));
        if (!IsList(source.Field))
        {
            if (type == typeof(double)) return Of<double>(x => x);
            if (type == typeof(float)) return Of<float>(x => x);
            if (type == typeof(decimal)) return Of<decimal>(x => (double)x);
            if (type == typeof(bool)) return Of<bool>(x => x ? 1 : 0);
            if (IsText(type)) return Texts(source, (text, row) => into.Add(text, row));
            if (IsWhole(type)) return Wholes(source, (value, _) => into.Add(value is { } known ? (double)known : double.NaN));
        }

        throw new GraftException($"'{Path.GetFileName(path)}', column '{source.Field.Path}' holds no numbers ({type.Name}). Name a column of numbers.");
    }

    private Task Times(Source source, TimeColumn into)
    {
        Type type = source.Field.ClrType;
        GraftException Missing(int row) => new($"'{Path.GetFileName(path)}', row {row}: there is no time in column '{source.Field.Path}'. Fill it, or leave the row out.");
        if (!IsList(source.Field))
        {
            if (type == typeof(DateTime))
            {
                bool isUtc = source.Field is DateTimeDataField { IsAdjustedToUTC: true };
                return Cells<DateTime>(source, (value, row) => into.Add(value ?? throw Missing(row), isUtc ? TimeSpan.Zero : null, TimeForm.Clock, row));
            }

            if (type == typeof(DateOnly)) return Cells<DateOnly>(source, (value, row) => into.Add((value ?? throw Missing(row)).ToDateTime(default), null, TimeForm.Date, row));
            if (type == typeof(double)) return Cells<double>(source, (value, row) => into.Add(value is { } known && Math.Abs(known) < 1e27 ? (decimal)known : throw Missing(row), row));
            if (IsText(type)) return Texts(source, (text, row) => into.Add(text, row));
            if (IsWhole(type)) return Wholes(source, (value, row) => into.Add(value ?? throw Missing(row), row));
        }

        throw new GraftException($"'{Path.GetFileName(path)}', column '{source.Field.Path}' holds no times ({type.Name}). Name a column of times; --time none takes rows as they come.");
    }

    private async Task Times(Source[] sources, IReadOnlyList<TimePart> parts, TimeColumn into)
    {
        List<string>[] cells = [.. sources.Select(_ => new List<string>())];
        for (int i = 0; i < sources.Length; i++)
        {
            List<string> column = cells[i];
            if (IsText(sources[i].Field.ClrType)) await Texts(sources[i], (text, _) => column.Add(text?.Trim() ?? "")).ConfigureAwait(false);
            else await Wholes(sources[i], (number, _) => column.Add(number?.ToString(CultureInfo.InvariantCulture) ?? "")).ConfigureAwait(false);
        }

        for (int row = 0; row < cells[0].Count; row++) into.Add(parts, [.. cells.Select(column => column[row])], sources[0].First + row);
    }

    private Task Wholes(Source source, Action<decimal?, int> take)
    {
        Type type = source.Field.ClrType;
        if (type == typeof(long)) return Cells<long>(source, (value, row) => take(value, row));
        if (type == typeof(int)) return Cells<int>(source, (value, row) => take(value, row));
        if (type == typeof(short)) return Cells<short>(source, (value, row) => take(value, row));
        if (type == typeof(sbyte)) return Cells<sbyte>(source, (value, row) => take(value, row));
        if (type == typeof(ulong)) return Cells<ulong>(source, (value, row) => take(value, row));
        if (type == typeof(uint)) return Cells<uint>(source, (value, row) => take(value, row));
        return type == typeof(ushort) ? Cells<ushort>(source, (value, row) => take(value, row)) : Cells<byte>(source, (value, row) => take(value, row));
    }

    private async Task Cells<T>(Source source, Action<T?, int> take)
        where T : struct
    {
        guard.CheckPages(source.Group.GetMetadata(source.Field));
        if (source.Field.IsNullable)
        {
            T?[] cells = new T?[source.Group.RowCount];
            await source.Group.ReadAsync(source.Field, cells.AsMemory(), null, source.Cancellation).ConfigureAwait(false);
            for (int i = 0; i < cells.Length; i++) take(cells[i], source.First + i);
        }
        else
        {
            T[] cells = new T[source.Group.RowCount];
            await source.Group.ReadAsync(source.Field, cells.AsMemory(), null, source.Cancellation).ConfigureAwait(false);
            for (int i = 0; i < cells.Length; i++) take(cells[i], source.First + i);
        }
    }

    private async Task Texts(Source source, Action<string?, int> take)
    {
        guard.CheckPages(source.Group.GetMetadata(source.Field));
        string?[] cells = new string?[source.Group.RowCount];
        await source.Group.ReadAsync(source.Field, cells.AsMemory(), null, source.Cancellation).ConfigureAwait(false);
        for (int i = 0; i < cells.Length; i++) take(cells[i], source.First + i);
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

    /// <summary>A column of a group of rows.</summary>
    /// <param name="Group">The group.</param>
    /// <param name="Field">The column.</param>
    /// <param name="First">The number of its first row, from 1.</param>
    /// <param name="Cancellation">Stops the work.</param>
    private sealed record Source(ParquetRowGroupReader Group, DataField Field, int First, CancellationToken Cancellation);
}
