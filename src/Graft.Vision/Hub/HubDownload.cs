using System.Net;

namespace Graft.Vision.Hub;

/// <summary>
/// Brings one file into the cache. Its bytes go to <c>ETAG.incomplete</c>, where a cut download goes on; only when they are what the ETag promises do they get their name. Who else wants the same file waits,
/// and then has it.
/// </summary>
internal sealed class HubDownload(HubClient client, HubCache cache, HubName name, HubOptions options, IProgress<HubProgress>? progress)
{
    private const int BufferBytes = 1 << 16, LeastBytes = 1 << 14, MostChanges = 3;

    /// <summary>A file, from the cache or else from the hub.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="commit">Its version.</param>
    /// <param name="known">What the hub has said of it, if it was asked.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <param name="cancel">Ends it; what came is kept.</param>
    /// <returns>Its path.</returns>
    public async Task<string> Fetch(string file, string commit, HubFileInfo? known, long most, CancellationToken cancel)
    {
        string pointer = cache.Pointer(commit, file);
        for (int changes = 0; ; changes++)
        {
            if (File.Exists(pointer)) return pointer;
            HubFileInfo info = (changes == 0 ? known : null) ?? await client.Ask(file, commit, options.Tries, cancel).ConfigureAwait(false);
            if (info.Length > most) throw TooLarge(info, most);
            using IDisposable held = await cache.Lock(info.ETag, () => Remark(file, $"Another process is downloading {file} of {name}: waiting for it."), cancel).ConfigureAwait(false);
            if (File.Exists(pointer)) return pointer;
            FileInfo blob = new(cache.Blob(info.ETag));
            bool isNew = !blob.Exists || (info.Length is { } length && blob.Length != length);
            if (isNew && !await Download(info, most, cancel).ConfigureAwait(false))
            {
                if (changes == MostChanges) throw new HubException($"{file} of {name} changes each time that it is asked for. Try it again later.");
                Remark(file, $"{file} of {name} has changed meanwhile: starting again.");
                continue;
            }

            cache.Point(info.ETag, commit, file, isNew);
            return pointer;
        }
    }

    /// <summary>Downloads a file's bytes.</summary>
    /// <returns>Whether they are there now; false where the hub has others by now.</returns>
    private async Task<bool> Download(HubFileInfo info, long most, CancellationToken cancel)
    {
        string blob = cache.Blob(info.ETag), incomplete = $"{blob}.incomplete";
        using HubHash hash = new(info.ETag, info.Length);
        for (bool isSecond = false; ; isSecond = true)
        {
            FileStream file = await OpenIncomplete(incomplete, info.Name, cancel).ConfigureAwait(false);
            bool isResumed, isSame;
            await using (file.ConfigureAwait(false))
            {
                State state = new(file, hash);
                isResumed = await state.TakeWhatIsThere(info.Length, cancel).ConfigureAwait(false);
                RequireRoom((info.Length ?? 0) - state.At);
                isSame = await client.Persist(info.Name, options.Tries, () => Receive(info, state, most, cancel), cancel, state.HasCome).ConfigureAwait(false);
                if (isSame) cache.Guard(() => file.Flush(flushToDisk: true));
            }

            if (isSame && hash.Mismatch() is not { } other)
            {
                cache.Guard(() => File.Move(incomplete, blob, overwrite: true));
                return true;
            }

            cache.Guard(() => File.Delete(incomplete));
            if (!isSame) return false;

            // What lay there before may have been another program's.
            if (!isResumed || isSecond)
            {
                throw new HubException(
                    $"{info.Name} of {name} came damaged: its content is not the one that the hub promises ({info.ETag}). It was removed. "
                    + "Try it again; if it stays so, a proxy changes what passes through it.");
            }

            hash.Reset();
            Remark(info.Name, $"What was there of {info.Name} was damaged: starting again.");
        }
    }

    // Beside the file's lock, which some network drives do not keep: two must never write into one file.
    private async Task<FileStream> OpenIncomplete(string path, string file, CancellationToken cancel)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, useAsync: true);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (isFirst) Remark(file, $"Another process is writing {path}: waiting for it.");
                await Task.Delay(100, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw cache.NotWritable(e);
            }
        }
    }

    /// <summary>Receives the rest of a file, as far as the connection lasts.</summary>
    /// <returns>Whether it is the file that was meant.</returns>
    private async Task<bool> Receive(HubFileInfo info, State state, long most, CancellationToken cancel)
    {
        if (state.At == info.Length) return true;
        using HubAnswer answer = await client.Get(info, state.At, cancel).ConfigureAwait(false);
        if (answer.ETag is { } etag && etag != info.ETag) return false;
        if (state.At > 0 && (answer.Response.StatusCode != HttpStatusCode.PartialContent || answer.Response.Content.Headers.ContentRange?.From != state.At))
        {
            // It sends the whole file, whatever was asked for.
            state.Restart();
            if (answer.Response.StatusCode == HttpStatusCode.PartialContent) throw new IOException("another part of the file came than was asked for");
        }

        Stream body = await answer.Response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            byte[] buffer = new byte[BufferBytes];
            using CancellationTokenSource stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            stall.CancelAfter(options.StallLimit);
            Report(info, state);
            for (int since = 0; ;)
            {
                int count = await Read(body, buffer, stall.Token, cancel).ConfigureAwait(false);
                if (count == 0) break;
                if (state.At + count > (info.Length ?? most)) throw TooLarge(info, info.Length ?? most);
                cache.Guard(() => state.Write(buffer.AsSpan(0, count)));
                Report(info, state);
                since += count;
                if (since < LeastBytes) continue;
                since = 0;
                state.Come();
                stall.CancelAfter(options.StallLimit);
            }
        }

        return info.Length is null || state.At == info.Length ? true : throw new IOException("it ended before the file did");
    }

    private async Task<int> Read(Stream body, byte[] buffer, CancellationToken limit, CancellationToken cancel)
    {
        try
        {
            return await body.ReadAsync(buffer, limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing or almost nothing came for {options.StallLimit.TotalSeconds:0.##} s", e);
        }
    }

    private void RequireRoom(long bytes)
    {
        long free;
        try
        {
            string folder = options.CacheFolder;
            free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not every drive says.
            return;
        }

        if (free < bytes) throw cache.NotWritable(new IOException($"{bytes / 1e6:N0} MB are still to come, and there is room for {free / 1e6:N0} MB"));
    }

    private HubException TooLarge(HubFileInfo info, long most) => info.Length <= most
        ? new HubException($"More came of {info.Name} of {name} than the {info.Length:N0} bytes that the hub promises. Try it again.")
        : new HubException($"{info.Name} of {name} has {(info.Length is { } length ? $"{length:N0}" : "more")} bytes, and at most {most:N0} are taken (HubOptions.LargestFile).");

    private void Report(HubFileInfo info, State state) => progress?.Report(new HubProgress(info.Name, new Completion(state.At, info.Length ?? 0)));

    private void Remark(string file, string text) => progress?.Report(new HubProgress(file, default, text));

    /// <summary>A file in the making: its bytes, the hash of them, and whether enough came to call it progress.</summary>
    private sealed class State(FileStream file, HubHash hash)
    {
        private bool hasCome;

        /// <summary>How many bytes are there.</summary>
        public long At { get; private set; }

        /// <summary>Hashes what an earlier download left.</summary>
        /// <returns>Whether it left something.</returns>
        public async Task<bool> TakeWhatIsThere(long? length, CancellationToken cancel)
        {
            if (file.Length > (length ?? 0)) file.SetLength(0);
            byte[] buffer = new byte[BufferBytes];
            while (await file.ReadAsync(buffer, cancel).ConfigureAwait(false) is > 0 and int count)
            {
                hash.Append(buffer.AsSpan(0, count));
                At += count;
            }

            return At > 0;
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            file.Write(bytes);
            hash.Append(bytes);
            At += bytes.Length;
        }

        public void Restart()
        {
            file.SetLength(0);
            file.Position = 0;
            hash.Reset();
            At = 0;
        }

        public void Come() => hasCome = true;

        /// <summary>Whether enough came since this was last asked.</summary>
        public bool HasCome()
        {
            bool has = hasCome;
            hasCome = false;
            return has;
        }
    }
}
