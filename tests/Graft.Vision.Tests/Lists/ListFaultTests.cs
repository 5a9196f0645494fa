using System.Text;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Vision.Tests.Lists;

/// <summary>Lists that are not as they should be: nothing in them vanishes, and what is wrong is said, with its place.</summary>
public sealed class ListFaultTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ListFaultTests()
    {
        foreach (string name in (string[])["a.jpg", "b.jpg", "c.jpg", "#d.jpg", "e.jpg"]) File.WriteAllBytes(At(name), []);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("path,label\na.jpg,x\n#d.jpg,y\n")]
    [InlineData("a.jpg,x\n#d.jpg,y\n")]
    [InlineData("#path,label\na.jpg,x\n#d.jpg,y\n")]
    [InlineData("# made by hand\n#path,label\na.jpg,x\n#d.jpg,y\n")]
    [InlineData("label,path\nx,a.jpg\ny,#d.jpg\n")]
    public void RowsThatBeginWithAHashAreRows(string text) => Assert.Equal(["a.jpg", "#d.jpg"], Scan("l.csv", text).Train.Items.Select(item => item.RelativePath));

    [Theory]
    [InlineData("path,labels,caption\na.jpg,x;y;z,\"two\nlines\"\nb.jpg,x;y;z,\"two\nlines\"\n", "x y z")]
    [InlineData("a.jpg,x;y\nb.jpg,x;y\n", "x y")]
    [InlineData("x;y,a.jpg\nz;y,b.jpg\n", "x y z")]
    [InlineData("path;labels\n\"a.jpg\";x\n\"b.jpg\";\"x,y\"\n", "x x,y")]
    [InlineData("path,labels\na.jpg,5\" pot\nb.jpg,x\n", "5\" pot x")]
    public void WhatSeparatesCellsIsToldByTheFiles(string text, string labels)
    {
        ImageListOptions options = new() { Task = ModelTask.MultiLabel, PathColumn = text.StartsWith("x;y", StringComparison.Ordinal) ? "label" : null, LabelColumns = text.StartsWith("x;y", StringComparison.Ordinal) ? ["path"] : [] };
        ImageSets sets = Scan("l.csv", text, options);
        Assert.Equal(labels, string.Join(' ', sets.Train.Classes));
        Assert.Equal(2, sets.Train.Items.Count);
    }

    [Theory]
    [InlineData("path,value\na.jpg,500\nb.jpg,\"1,010\"\n", "'l.csv', column 'value': \"1,010\" in row 3 may be 1010 or 1.010, and no number decides. Say which: --decimal . if it is 1010, --decimal , if it is 1.010.")]
    [InlineData("path;value\na.jpg;1.5\nb.jpg;2,5\n", "'l.csv', column 'value': row 2 has a decimal point (\"1.5\") and row 3 a decimal comma (\"2,5\"). Write all numbers alike.")]
    public void NumbersThatMayBeTwoAreRefused(string text, string message) => Assert.Equal(message, Fault("l.csv", text));

    [Fact]
    public void MarksBetweenThousandsAreRead()
    {
        const string Text = "path;value\na.jpg;500\nb.jpg;1,010\n";
        Assert.Equal([500f, 1010f], Scan("l.csv", Text, new() { DecimalMark = '.' }).Train.Items.Select(item => item.Targets[0]));
        Assert.Equal([500f, 1.01f], Scan("l.csv", Text, new() { DecimalMark = ',' }).Train.Items.Select(item => item.Targets[0]));
        Assert.Equal([1234.5f, 1010f], Scan("l.csv", "path;value\na.jpg;1,234.5\nb.jpg;1,010\n").Train.Items.Select(item => item.Targets[0]));

        // Another column decides; numbers of JSON have points.
        ImageSets two = Scan("l.csv", "path;p;q\na.jpg;1.010;2\nb.jpg;2.020;0,5\n", new() { LabelColumns = ["p", "q"] });
        Assert.Equal([[1010f, 2f], [2020f, 0.5f]], two.Train.Items.Select(item => item.Targets.ToArray()));
        Assert.Equal([1.234f, 2f], Scan("l.json", """[{"path":"a.jpg","value":1.234},{"path":"b.jpg","value":2}]""").Train.Items.Select(item => item.Targets[0]));
        ListSplit.Write(At("l.json"), At("s"), 1, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["path,value", "../a.jpg,1.2340", "../b.jpg,2"], File.ReadAllLines(At("s/held-out.csv")));
    }

    [Theory]
    [InlineData("a,a", null, "--label-column names 'a' of 'l.csv' twice. Name each column once.")]
    [InlineData("a,A", null, "--label-column names 'a' of 'l.csv' twice. Name each column once.")]
    [InlineData("path", null, "--label-column names 'path', which holds the files of 'l.csv'. Name the column of the labels.")]
    [InlineData("a,b", ModelTask.Classify, "--label-column names 2 columns of 'l.csv', and with --task classify a class is in one. Name one; or say --task multilabel, where each column is a label (0 or 1), or --task regress, where each is a number.")]
    public void ColumnsThatCannotBeLabelsTogetherAreRefused(string columns, ModelTask? task, string message) =>
        Assert.Equal(message, Fault("l.csv", "path,a,b\na.jpg,0,1\nb.jpg,1,0\n", new() { Task = task, LabelColumns = [.. columns.Split(',')] }));

    [Fact]
    public void ColumnsOfJsonMayComeLate()
    {
        string first = string.Concat(Enumerable.Repeat("{\"path\":\"a.jpg\",\"label\":\"x\"}\n{\"path\":\"b.jpg\",\"label\":\"y\"}\n", 1000));
        ImageSets sets = Scan("l.jsonl", first + "{\"path\":\"c.jpg\",\"label\":\"x\",\"split\":\"val\"}\n");
        Assert.Equal((2, 1), (sets.Train.Items.Count, sets.Validation!.Items.Count));
    }

    [Theory]
    [InlineData("{\"path\":\"a.jpg\",\"label\":\"x\"}\nhello\n", "'l.jsonl', line 2: 'hello' stands where an object should be. Correct it.")]
    [InlineData("{\"path\":\"a.jpg\",\n\"label\":x}\n", "'l.jsonl', line 2: object 1 is not valid JSON at 'x}'. Correct it.")]
    [InlineData("{\"path\":\"a.jpg\",\"label\":\"x\"", "'l.jsonl' ends within object 1, which begins in line 1. Write it anew.")]
    [InlineData("[{\"path\":\"a.jpg\"},]", "'l.jsonl', line 1: ']' stands where an object should be. Correct it.")]
    [InlineData("[{\"path\":\"a.jpg\"}{", "'l.jsonl', line 1: '{' stands where ',' or ']' should be. Correct it.")]
    [InlineData("[{\"path\":\"a.jpg\"}] x", "'l.jsonl', line 1: 'x' stands where the end of the file should be. Correct it.")]
    [InlineData("{\"path\":\"a.jpg\",\"label\":\"x\",\"label\":\"y\"}", "'l.jsonl', object 1 has 'label' twice. Remove one.")]
    [InlineData("{\"path\":\"\\ud800.jpg\",\"label\":\"x\"}", "'l.jsonl', object 1: 'path' has half of a character in it: a surrogate (\\uD800 to \\uDFFF) without its other half. Correct it.")]
    [InlineData("{\"path\":\"\u00e4.jpg\",\"label\":\"x\"}", "'l.jsonl', line 1: object 1 is not UTF-8 after '{\"path\":\"'. Save the file in UTF-8.")]
    public void WhatIsWrongInJsonIsSaidWithItsPlace(string text, string message)
    {
        Assert.Equal(message, Fault("l.jsonl", text, encoding: Encoding.Latin1));
        Assert.Equal(message, Assert.Throws<GraftException>(() => ImageList.Paths(At("l.jsonl"), cancel: TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void JsonMayBeInUtf16()
    {
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, new UnicodeEncoding(false, false)])
            Assert.Equal(["x", "\u00e4"], Scan("l.json", "[{\"path\":\"a.jpg\",\"label\":\"x\"},{\"path\":\"b.jpg\",\"label\":\"\u00e4\"}]", encoding: encoding).Train.Classes);
    }

    [Fact]
    public void JsonIsReadInPiecesWhereverTheyEnd()
    {
        // Escapes, brackets in texts and objects fall on every side of a piece's end.
        StringBuilder text = new("[");
        for (int i = 0; i < 3000; i++) text.Append(i > 0 ? "," : "").Append($"{{\"more\":\"{new string('\\', 2 * (i % 7))}\\\"}}]{new string('x', i % 61)}\",\"path\":\"{(i % 2 == 0 ? "a" : "b")}.jpg\",\"label\":\"{(i % 2 == 0 ? "x" : "y")}\"}}\n");
        File.WriteAllText(At("l.json"), text.Append(']').ToString());
        Assert.Equal(3000, ImageList.Paths(At("l.json"), cancel: TestContext.Current.CancellationToken).Count);
        Assert.Equal(2, ImageSets.Scan(At("l.json"), cancel: TestContext.Current.CancellationToken).Train.Items.Count);
    }

    [Fact]
    public void AnObjectThatIsTooLongIsRefusedBeforeItIsRead()
    {
        using (StreamWriter writer = new(At("l.json")))
        {
            writer.Write("{\"path\":\"");
            for (int i = 0; i < 64; i++) writer.Write(new string('a', 1 << 20));
            writer.Write("\"}");
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("'l.json', line 1: object 1 is longer than 1 MiB. A list has a short object for each image; is this the right file?", Assert.Throws<GraftException>(() => ImageSets.Scan(At("l.json"), cancel: TestContext.Current.CancellationToken)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void ALabelOfAnArrayIsOne()
    {
        ImageSets sets = Scan("l.json", """[{"path":"a.jpg","labels":["x;y"]},{"path":"b.jpg","labels":["z","x;y"]}]""");
        Assert.Equal(["x;y", "z"], sets.Train.Classes);
        Assert.Equal([[1f, 0f], [1f, 1f]], sets.Train.Items.Select(item => item.Targets.ToArray()));
        Assert.Contains("'x;y' is one label, and in a table its ';' would make it several.", Assert.Throws<GraftException>(() => ListSplit.Write(At("l.json"), At("s"), 0.5, cancel: TestContext.Current.CancellationToken)).Message);

        Assert.Equal(ModelTask.MultiLabel, Scan("l.json", """[{"path":"a.jpg","label":["x","y"]},{"path":"b.jpg","label":["z"]}]""").Train.Task);
        ImageSets classes = Scan("l.json", """[{"path":"a.jpg","label":["x","y"]},{"path":"b.jpg","label":["z"]},{"path":"c.jpg","label":"x"}]""", new() { Task = ModelTask.Classify });
        Assert.Equal("row 1: it has 2 labels, and is of one class", Assert.Single(classes.Train.Skipped).Reason);
    }

    [Theory]
    [InlineData("\"id\": 2, \"file_name\"", "\"id\": 1, \"file_name\"", "'l.json' has two images with the id 1: 'a.jpg' (entry 1) and 'b.jpg' (entry 2). Give each its own.")]
    [InlineData("\"id\": 4, \"name\"", "\"id\": 3, \"name\"", "'l.json' has two categories with the id 3: 'x;y' and 'z' (entry 2). Give each its own.")]
    [InlineData("\"name\": \"z\"", "\"name\": \" \"", "'l.json': entry 2 of 'categories', with the id 4, has an empty 'name'. Give it one.")]
    [InlineData("\"image_id\": 2", "\"image_id\": \"2\"", "'l.json' is no COCO file: entry 2 of 'annotations' has no whole number 'image_id'.")]
    [InlineData("\"image_id\": 2", "\"image_id\": 7", "'l.json' has an annotation (entry 2) of the image 7, which is not among its images.")]
    [InlineData("\"file_name\": \"b.jpg\"", "\"file_name\": 5", "'l.json' is no COCO file: entry 2 of 'images' has no text 'file_name'.")]
    [InlineData("\"b.jpg\"", "\"\\udc00\"", "'l.json', entry 2 of 'images': 'file_name' has half of a character in it: a surrogate (\\uD800 to \\uDFFF) without its other half. Correct it.")]
    [InlineData("\"category_id\": 4}]}", "\"category_id\": 4}", "'l.json' ends in line 2, where '}' should be. Write it anew.")]
    public void WhatIsWrongInCocosAnnotationsIsSaidWithItsEntry(string right, string wrong, string message)
    {
        const string Text = """
            {"annotations": [{"image_id": 1, "category_id": 3}, {"image_id": 2, "category_id": 4}], "info": {"images": []}, "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
             "categories": [{"id": 3, "name": "x;y"}, {"id": 4, "name": "z"}], "more": [{"image_id": 1, "category_id": 4}]}
            """;
        Assert.Equal(["x;y", "z"], Scan("l.json", Text).Train.Classes);
        Assert.Contains(right, Text);
        Assert.Equal(message, Fault("l.json", Text.Replace(right, wrong)));
    }

    [Theory]
    [InlineData("l.csv", "path,labels\na.jpg,\nb.jpg,\n", "'LIST' has 2 images to learn from, and no label: none of them has one. 'l.csv' is read as a list of labels, any number for each image, by its column 'labels'.")]
    [InlineData("l.csv", "path,label\na.jpg,x\na.jpg,y\nb.jpg,y\nb.jpg,x\n", "A classifier needs images of two classes; 'LIST' has none that can be used. Left out: ")]
    [InlineData("l.csv", "path,labels\nno.jpg,x\n", "'LIST' has no image to learn from that can be used. Left out: ")]
    public void AListWithoutLabelsIsRefused(string name, string text, string message) => Assert.StartsWith(message.Replace("LIST", At(name)), Fault(name, text));

    [Fact]
    public void NamesOfObjectsEndWithThem()
    {
        Voc("a", "<annotation><object><name>x</name></object><owner><name>Bob</name></owner></annotation>");
        Voc("b", "<n:annotation xmlns:n='u'><n:object><n:name>y</n:name><n:name>z</n:name></n:object><object/><owner><name>Bob</name></owner></n:annotation>");
        Assert.Equal(["x", "y", "z"], ImageSets.Scan(At("voc"), cancel: TestContext.Current.CancellationToken).Train.Classes);
        foreach ((string text, string message) in ((string, string)[])
        [
            ("", "it is empty. Correct it, or move it away."), ("<a>\n<b></a>", "it is not well-formed XML in line 2, at character 6. Correct it, or move it away."),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "it has a document type (<!DOCTYPE>), which may pull in other files and is not read. Correct it, or move it away."),
        ])
        {
            Voc("c", text);
            Assert.Equal($"'{At("voc/Annotations/c.xml")}' cannot be read: {message}", Assert.Throws<GraftException>(() => ImageSets.Scan(At("voc"), cancel: TestContext.Current.CancellationToken)).Message);
        }
    }

    [Fact]
    public void ImageSetsNameImagesInSeveralWays()
    {
        foreach (string name in (string[])["1", "2", "3", "4", "5 6", "7"]) Voc(name, $"<a><object><name>{(name == "2" ? "x" : "y")}</name></object></a>");
        Directory.CreateDirectory(At("voc/ImageSets/Main"));
        File.WriteAllText(At("voc/ImageSets/Main/train.txt"), "1\t1\n2.jpg\nJPEGImages/3.jpg  -1\n5 6\n\nnone\n");
        File.WriteAllText(At("voc/ImageSets/Main/val.txt"), "4 1\n3\n");
        ImageSets sets = ImageSets.Scan(At("voc"), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["1.jpg", "2.jpg", "5 6.jpg", "7.jpg"], sets.Train.Items.Select(item => Path.GetFileName(item.Path)));
        Assert.Equal("4.jpg", Path.GetFileName(Assert.Single(sets.Validation!.Items).Path));
        Assert.Equal("it is in two parts, train and val", Assert.Single(sets.Train.Skipped).Reason);
        Assert.Contains("1 image of 'voc' is in more than one part, and left out: what is judged by would be learned from.", sets.Remarks);
        Assert.Contains("1 line of train.txt, val.txt in 'voc/ImageSets/Main' names no image with a file in 'Annotations', such as 'none'.", sets.Remarks);
        Assert.Contains("1 image of 'voc' is in none of train.txt, val.txt, such as '7', and learned from.", sets.Remarks);
    }

    [Fact]
    public void AnImageInTwoListsIsInNone()
    {
        File.WriteAllText(At("train.csv"), "path,label\na.jpg,x\nb.jpg,y\nc.jpg,x\ne.jpg,only\n");
        File.WriteAllText(At("val.csv"), "label,path\nx,./c.jpg\ny,#d.jpg\nonly,e.jpg\n");
        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["a.jpg", "b.jpg"], sets.Train.Items.Select(item => item.RelativePath));
        Assert.Equal(["x", "y"], sets.Train.Classes);
        Assert.Equal("#d.jpg", Assert.Single(sets.Validation!.Items).RelativePath);
        Assert.Equal("it is in 'train.csv' and in 'val.csv': what is judged by would be learned from", sets.Train.Skipped[0].Reason);
        Assert.Contains("2 images of 'train.csv' are in more than one part, and left out: what is judged by would be learned from.", sets.Remarks);
    }

    [Fact]
    public void LabelsThatDifferInCaseAreRemarked() => Assert.Contains(
        "'Rose' and 'rose' in 'l.csv' differ in case alone, and are 2 classes. If they are one, write them alike.", Scan("l.csv", "path,label\na.jpg,rose\nb.jpg,Rose\nc.jpg,x\n").Remarks);

    [Fact]
    public void ManyRowsOfOneImageTakeNoLongerThanOfMany()
    {
        File.WriteAllText(At("l.csv"), "path,label\n" + string.Concat(Enumerable.Range(0, 90_000).Select(i => $"a.jpg,l{i}\n")) + "b.jpg,x\n");
        ImageSets sets = ImageSets.Scan(At("l.csv"), list: new ImageListOptions { Task = ModelTask.MultiLabel }, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(90_001, sets.Train.Classes.Count);
        Assert.Contains("89,999 rows of 'l.csv' add labels to images of an earlier row.", sets.Remarks);

        // Said when there are too many, not after all rows.
        string many = "path,label\n" + string.Concat(Enumerable.Range(0, 100_001).Select(i => $"a.jpg,l{i}\n"));
        Assert.Equal($"'{At("l.csv")}' has more than 100,000 different labels, and a model has at most so many. Is the right column named? --label-column NAME.", Fault("l.csv", many + "\"", new() { Task = ModelTask.MultiLabel }));
    }

    [Fact]
    public void MoreMarksThanMemoryAreRefused()
    {
        string labels = string.Join(';', Enumerable.Range(0, 90_000).Select(i => $"{i}"));
        StringBuilder text = new("path,labels\n");
        for (int i = 0; i < 6_000; i++)
        {
            string name = $"m{i}.jpg";
            File.WriteAllBytes(At(name), []);
            text.Append($"{name},{(i == 0 ? labels : "1")}\n");
        }

        Assert.Equal(
            $"'{At("l.csv")}' has 6,000 images and 90,000 labels. A number for each label of each image takes 2.0 GB, and at most 2 GB are taken. Leave out labels that few images have, or divide the list. Is the right column named? --label-column NAME.",
            Fault("l.csv", text.ToString()));
    }

    [Fact]
    public void ALongTextIsCutWhereItIsQuoted()
    {
        string text = new('y', 100_000);
        Assert.InRange(Fault("l.csv", $"path,label\na.jpg,{text}\nb.jpg,x\n").Length, 1, 400);
        Assert.InRange(Fault("l.csv", $"path,label\n{text}.jpg,x\nb.jpg,x\n").Length, 1, 800);
        Assert.InRange(Fault("l.csv", $"path,value\na.jpg,{text}\n").Length, 1, 800);
        Assert.InRange(Fault("l.json", $"[{{\"path\":\"a.jpg\",\"{text}\":{{}}}}]").Length, 1, 400);
        Assert.InRange(Fault("l.json", $"[{{\"path\":\"a.jpg\"}},{text}]").Length, 1, 400);
    }

    [Theory]
    [InlineData("l.csv", "path,label\na.jpg,x\n")]
    [InlineData("l.jsonl", "{\"path\":\"a.jpg\",\"label\":\"x\"}")]
    [InlineData("l.json", """{"images":[],"categories":[],"annotations":[]}""")]
    public void ReadingStopsWhenItIsCancelled(string name, string text)
    {
        File.WriteAllText(At(name), text);
        Assert.Throws<OperationCanceledException>(() => ImageSets.Scan(At(name), cancel: new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => ImageList.Paths(At(name), cancel: new CancellationToken(canceled: true)));
    }

    private void Voc(string name, string text)
    {
        foreach (string inner in (string[])["Annotations", "JPEGImages"]) Directory.CreateDirectory(At($"voc/{inner}"));
        File.WriteAllBytes(At($"voc/JPEGImages/{name}.jpg"), []);
        File.WriteAllText(At($"voc/Annotations/{name}.xml"), text);
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    private ImageSets Scan(string name, string text, ImageListOptions? options = null, Encoding? encoding = null)
    {
        File.WriteAllText(At(name), text, encoding ?? new UTF8Encoding(false));
        return ImageSets.Scan(At(name), list: options);
    }

    private string Fault(string name, string text, ImageListOptions? options = null, Encoding? encoding = null) => Assert.Throws<GraftException>(() => Scan(name, text, options, encoding)).Message;
}
