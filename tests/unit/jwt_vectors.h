/* Keys and tokens for the JWT tests, made and signed by another implementation (node:crypto); the private keys are gone. */
#ifndef TESTS_UNIT_JWT_VECTORS_H
#define TESTS_UNIT_JWT_VECTORS_H

static const char jwks_text[] =
	"{\"keys\":[{\"kty\":\"EC\",\"x\":\"JQ1XRgLOZ4S-rTO5Dh8demESLpN6R_0s73iKkbb9MOw\",\"y\":\"1TkOAWunXOcMTM"
	"7DRJu0Nb3aVZyJ1ywyw5l92-MBBOA\",\"crv\":\"P-256\",\"kid\":\"es256\",\"use\":\"sig\"},{\"kty\":\"EC\",\"x\":\"N"
	"q7STsSpRIIDkB-uABSuz8ZVgFZ8X3GrsuVfwxRAlYdYnfUOJMGigWOyNYbg5bLA\",\"y\":\"y3D7G87g7W66B9pk4z3Y"
	"gkU7vFJH_AENch6VpfsHm_A5HC4CzS-Zw1hMS7a3XzPH\",\"crv\":\"P-384\",\"kid\":\"es384\",\"use\":\"sig\"},{\"k"
	"ty\":\"EC\",\"x\":\"ARKFayqbTgLgyxiNhA4Ug9houF996O9_rhN1Ra6Sx8usCQggzmncPH4Zeigp56KqxdQ62OWTEEW5"
	"KMInH-VgRGc1\",\"y\":\"AcAf6Sj8eIIk9eN0E6adx3o_B7-hT3TqUXemVxbjDKR9Un2Pgv1H8JBJBQunHsl1O_GiDSA"
	"iYY6r6KQAX1yglU-U\",\"crv\":\"P-521\",\"kid\":\"es512\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":\"o2Ck_qI3tVsC"
	"nVjjr7DD3lcP1RM4Px4v8lRDhoPZtENrMZc_NeHpJ92mVkN_ZY2rHVKVLTWafglSw_nHvi0UHEDNexOOlPWRnC7YgE"
	"FOrV8GfJxsavSEDBOG0GKwzNhCeeQwWoD8nX8R2UuSiT5FKrZygraFM2GcTWT7Y3clmOLX-BRYe8aL4NNrVE2i8x81"
	"ofgr2mxWle7gTWAmoU6rh8qW-dYj_EIt9u6c6T7avvKMM-9Tb3iy8dhgwb3cuNuPiDXgWMWWZdX-iCs_TnT8kMV21E"
	"512EuBVW4jYrnL5B1akNWkYARFO_lB6yNZgBwUoyvdqr8aesXvJ8_HZ79Xdw\",\"e\":\"AQAB\",\"kid\":\"rs256\",\"us"
	"e\":\"sig\"},{\"kty\":\"RSA\",\"n\":\"vWngYwpRHy7U9Dg1TVJTZ3wtdBW0xd3dtmc7-CVZaUDjp-vNoB-TLn22wiz5ef"
	"8-koPXpHwuYs7ubmYa88WCqliH5EitUS3dwtFpNO9a1mKs1Yf09KVu3LJJjXLeXQlM0dVvB8Q31knzeLZXXrjKjsOp"
	"2cZyl-CWCrN7xBnKtvU\",\"e\":\"AQAB\",\"kid\":\"weak\",\"use\":\"sig\"}]}";
static const char jwt_es256[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJFUzI1NiJ9.4sFUqk6X4DnmKGbfY4mziGO"
				"3rOTz1pNy4v254MtLy7MhgYCZ9_tvdq5lI0gcMdL8z_fI48udaNZsj9snLVOtew";
static const char jwt_es384[] = "eyJhbGciOiJFUzM4NCIsImtpZCI6ImVzMzg0In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJFUzM4NCJ9.sEBUYPh59CBUcFPYo4_pzzK"
				"K32TsF0mqqhCAWemhRn4GtZm-5sEiTQunH96sbgZPBThKCNlXN2POqWvar-VrLqixcuzx9vJQiMQY34oxJ_9mZDlQy"
				"GLD6H70GvleW8kk";
static const char jwt_es512[] = "eyJhbGciOiJFUzUxMiIsImtpZCI6ImVzNTEyIn0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJFUzUxMiJ9.AAJaxONIwq5wZy4cCUsrXzA"
				"zinSA2zNoyMvIGqJVXzxQwS2K8diO_CwbfHzdc7HgVvCwVkDqzu6SYg5IhVVSD6-IAQhCzfBJdrlAc3k4J6wWqoEjT"
				"W6a7BSyoLpZPBFWoibAxwAEDFMJ8HamDLAJja7v_d4NVlKNGUNWkhqx97etsaj-";
static const char jwt_rs256[] = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJSUzI1NiJ9.XJV3Rumg0Hhs46gOKd6OaVk"
				"mNtkyjdzeSTZfCDJ3G-eMhsyCJb_OCIW8QfJFT4FTpiOT_2Sp_VqHHgJ5Fzt3jMwj1VgT80TbFeweWK5bkSrnzf3IS"
				"-IdlCQ-lTJPNBh5EJxkGj3mbrEFuQc7DAQlwWGFaBCQQo1LTt1DOjygJcHRCcgJEuYEoW7coc9XlOzckrgfNHzoS8m"
				"BpgTgiZ5EQF70mXGzVKJ1uAZ4fSE74c2b9LSXNvu6NiPdOsd5K_XXthOGxtrWxeCt4D-kI0sH4ekYFHZCRuSqpsvsW"
				"bbxIHBUxW8AKFBKXsXIF_uCSa1QT0bJlVAG0qYfPTqmmhdTrw";
static const char jwt_rs384[] = "eyJhbGciOiJSUzM4NCIsImtpZCI6InJzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJSUzM4NCJ9.oTKCbcRxixr4bH-zShPLtc1"
				"FYJEzc5wq4fpPhJzsqzLb3w2xNla8poy_YdZxFRh2m9Cq9GhPq6e5Q_LKpBwWLr-mftZpCn3Vl7aE1ZXeBy_EMgF8U"
				"TbOD0fTlvNUqSAZpnWrJDArhk7OQR0m8ucBeL5fDnTxy7odHWo_zyNKz08l5TxF-ZR6afI9G17NYjkxTI7e2vvda6k"
				"vJjnTWDuEb1s47lIj5nYgjGOXXgaDehmXPg9rpsk6ZkP4ky2IbjMdELrfGoo612iRWERPmUux3w_vJI_mKf9AN0_6j"
				"9hACFDG6qENQ_jr-ZcNOpEwJ2kk6wwR1MJyaEp9uA506YhWCw";
static const char jwt_rs512[] = "eyJhbGciOiJSUzUxMiIsImtpZCI6InJzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJSUzUxMiJ9.KA5zv4p05fZe_CDz8ZwkhYo"
				"4quJysRPWh_KGvJJGiPGksMtBQf1Z9U-j_zulI_fmsu91cU6q8niyHG4LRfrNeGTxuGCtqcZH82-iqV-7zR2ZPIC_c"
				"NXxBcSv_yIN0Ve4mOqv7YScy-ymTSNCsT9y0uGVAjKYrV4TIpYe5HulxcpjFv5BEv-YN2y2sB6EFhXoc31TfSiNwWO"
				"k9nA17zIRy3HmpXbJDfoISOvNXn085oZmOBU9CWznWCz6FXIZid5fTg3VM5u8gX4tmObonW4nv-5f82My0cUgSx6vo"
				"4QOCHiLHRpWyaaNf13fEtPEnrys-2-ztSw99jIV9k2z7dFFBw";
static const char jwt_ps256[] = "eyJhbGciOiJQUzI1NiIsImtpZCI6InJzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJQUzI1NiJ9.KofB2q0AV2uF-xFQVdt8LWm"
				"OjLUqNpD_oYBnYjcH8cuVWblDtTU5Ua-A46rIXtWZn4bNdvnckXHKKifso2-ekf1DTNz63C6e3qX7bRtbY2gWWJYVs"
				"oKoTgNkvmVuTTNUFwErwbUg_Zubv7qQHaTyhFqPjSp9aPvWlqcIg69J2lWNRxMKlYEqEeZBbGt0iiM98pIplWmi8W2"
				"3AtwgGHpqMMVz8VUUkdVdxQ6YGM6wiQxIECq9YQIzZ9M64ZBIwLco4mApUbYM5KoUiY7THc6ziECOqDgdBRC4FBeMf"
				"Qhh4tsQxXsclea_VKCUX2LxSseREjkG_vth57da1ERNRAGnfg";
static const char jwt_ps384[] = "eyJhbGciOiJQUzM4NCIsImtpZCI6InJzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJQUzM4NCJ9.kUvlPJyUn91wYdET54UCHVK"
				"QJyi5Fo9j_r7WTpKD81btJoTkfH5H31ByxuOGmR7XDt-z0KNr4KlsCU2I6DGlSNJSWvaWC7OJAcMYDJ-riId0Q_ecF"
				"sdd5iEzjqaZpVhFN6tG2x-344qSo0LkZA07LTdRYCvxo8Z9Q5ui9HRqgdGNT89nvS1MFPhRz4EdHtwrq6e9iPY_ygT"
				"4IANLel_F6GjcrkfZVsz9CzSe_6BOIErHy7AAzn8FRclFSpe8mEldHClZzVqTQA1rZEUuzUJQwgO4UH0pAYvoW2js0"
				"LtVImYolJJnPMiQP10P66BNLEUt9oorKDUK82FUcMsBvVSaXQ";
static const char jwt_ps512[] = "eyJhbGciOiJQUzUxMiIsImtpZCI6InJzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJhbGciOiJQUzUxMiJ9.HYUrfUMSDwrmeTStEjg2-cq"
				"Or-33DCxhAsWVLS6r7Ywhlp7ERzjLVnAAvm2aXnWzMTi_ICOYeM77D969iV2M3nDnfWPVePgfMYdmyoOpVs3QAelOF"
				"P3go_9gMINMnPniHlKqEUcRlpSRB83XnU8kx5ZM5pe5EAArEbIVdZfF1XEdSlf66E_SLEBkZA_ZCUq5wyV7_FBiCpA"
				"-poiB8gkG4NOkDbTrBhqWgmU-9JPLC0Y_k8RXwY9zc_5ZfP9iu6wYvfwu1QfMXN1QCaKa0RMu-4OU5hd0Fszuo9tfO"
				"0GUPJvQHm8geEWNafY0M01JNWUmJgia-4y79jmtBZMPEQBuWg";
static const char jwt_no_kid[] = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbGJvYXJkIiwic3ViIjoiY"
				 "W5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.hmjAlREgFbMCIxdx7CzpimMHPP5FZSZr0AVms8nhhzt55_gyq9F2Tgvm31hb"
				 "VtZJg1JrcnothuHoN5dbXntYyi7xCc3L966ANBEbQiEmcy1xXqOAaQBaOlzv3nOJ2VX5hGJmRdbsLc9knDcGVpNgp7"
				 "zMWuJxIldu7ytlRvo4rXp5TesVVBpz7NDmiIrEKVx-2D71_xDLwoX5twOkOsAdt8CDf14CXISbN_jxPHdsRPZ4xI0h"
				 "yF5AEjpBtnVpj7AC7kC4z98EdzyF3ZKjmGGDS5JREz5Zj9cybRh4CT8Ip1S8dn-671kLha8xIqEQEVaSUBvTpk0xLU"
				 "bet6eaTnzKyA";
static const char jwt_other_kid[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImdvbmUifQ.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbGJ"
				    "vYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.fZmd1rEjV1Cv8TPgTkbU4Hr7yDuNGxZOKRZM6K5tRh"
				    "e1l78tVii2vsa653Ynjv6R9nTPri9jXiLoFCzQPCAzrQ";
static const char jwt_expired[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				  "JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjoxNjAwMDAwMDAwfQ.JzuV9ZioCImOBZwO1a8vSoRI5YZgWR0PVdycGek5G"
				  "RgtcZOhMrzIORdXLn9ngffQ5Ds34eMoU2m1cqqgE8T08g";
static const char jwt_early[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				"JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwLCJuYmYiOjQxMDI0NDQ3OTF9.5OjNf-fgoIPwpeV2o4W"
				"yoih2JdPbRUfe1kIYWy2fowTd6avYyof6KQOYO5188nqKQH9pTr_2GuBkOJx2yetrCg";
static const char jwt_no_exp[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0._lQIkKp3_NJZXG"
				 "onwco2xqdQBDlBbHIgCRvqGhKR74pNV39GoV8vUu4JcGY_TOtGP3Aex22uOBNI-VIJ50ID5A";
static const char jwt_text_exp[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
				   "JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjoiNDEwMjQ0NDgwMCJ9.dGB0o0kNGQVanZ5w3UT1vw0X1jcJ2ZYymFHsO4I"
				   "8ZKagSVhaWS6_kV0xQZNC16E4TD-TPPCe9vnTTCgn45iOrg";
static const char jwt_many_aud[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjpbImEiLC"
				   "JjYWxsYm9hcmQiXSwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.MJmGDKtTlwBp6fZuLw_xzix4e-YBdsDG6"
				   "VVPPw8zSV3hKA7E-vkjrU2LxV-HcL5u6qTJhemcO4aowRqA-Rjoxw";
static const char jwt_critical[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2IiwiY3JpdCI6WyJ4Il0sIngiOjF9.eyJpc3MiOiJodHRwczovL2lkc"
				   "C50ZXN0IiwiYXVkIjoiY2FsbGJvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.2pDLK1MEgHvxb5cV"
				   "MJeEtA_NmrhSWv-clGMk3kv_QRtU-P3aAHtdxCMvdDsqHmtVpmYl2gjUEpVjNbaaY7gZiQ";
static const char jwt_weak[] = "eyJhbGciOiJSUzI1NiIsImtpZCI6IndlYWsifQ.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbGJ"
			       "vYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.MXwH18HcTBbWrxqScji9c_RRKoO-QfaQgbwFk-Kg0L"
			       "32e7fz345yhtOIF__SZbQFcLwycDiwPQz5t11bCxmkKVMf0d0cGa_3yQFgy57WbXMyZjfNXPL1pHWS3fNw7DslXUCj"
			       "cNgP7pAK8Ml6SyyVsbZGfOsE02yqjJCRLdG6Nho";
static const char jwt_none[] = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbGJvYXJkIiwic3ViIjoiYW"
			       "5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.";
static const char jwt_hmac[] = "eyJhbGciOiJIUzI1NiIsImtpZCI6InJzMjU2In0.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0IiwiYXVkIjoiY2FsbG"
			       "JvYXJkIiwic3ViIjoiYW5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.uehrR7R8pX17H7vwsmHEyYLbdAvFVN5F6xFCPbQLy"
			       "UY";
static const char jwt_claims_text[] =
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2In0.InRleHQi.37SQNa6UtuFvExq3nrFtSWr4s4HQETspdedLcaHLz"
	"YdemTOaPZtmsYJ0VBQlsXTx4_kPELJ46GBbJlZVLzl9WA";

#endif
